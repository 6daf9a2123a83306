import type { ApiClient } from '../system/api-client.js';
import type { Stage } from './stage.js';
import { must } from './violation.js';

export interface ChunkHit {
  document_id: string;
  external_id: string;
  chunk_id: string;
  text: string;
}

export interface OperationReply {
  id: string;
  status: string;
  error_message: string | null;
}

interface Accepted {
  operation_id: string;
  documents: { id: string; external_id: string; status: string }[];
}

/** Answers as many hits as any scenario has chunks. */
const ALL = 200;
const ENDED = ['completed', 'failed', 'cancelled'];

/** A collection of its own for a scenario, as a client uses it. */
export class StagedCollection {
  private constructor(
    private readonly stage: Stage,
    readonly client: ApiClient,
    readonly id: string,
  ) {}

  /** Resolves when the collection takes documents. */
  static async open(stage: Stage, settings: object = {}, client = stage.client()): Promise<StagedCollection> {
    const name = `collection ${crypto.randomUUID()}`;
    const { id, initial_operation_id } = await client.ok<{ id: string; initial_operation_id: string }>('POST', '/api/v2/collections', { name, ...settings });
    const collection = new StagedCollection(stage, client, id);
    await collection.done(initial_operation_id);
    return collection;
  }

  /** Sends texts under their external ids; answers what was accepted. */
  post(texts: Record<string, string>): Promise<Accepted> {
    const documents = Object.entries(texts).map(([external_id, text]) => ({ external_id, text }));
    return this.client.ok<Accepted>('POST', `/api/v2/collections/${this.id}/documents`, { documents });
  }

  /** Sends a text and waits until it is found; answers the id of its document. */
  async add(externalId: string, text: string): Promise<string> {
    const { operation_id, documents } = await this.post({ [externalId]: text });
    await this.done(operation_id);
    return (documents[0] as { id: string }).id;
  }

  async reindex(settings: object): Promise<string> {
    return (await this.client.ok<{ id: string }>('POST', `/api/v2/collections/${this.id}/reindex`, settings)).id;
  }

  async addFolder(path: string): Promise<string> {
    const source = { source_type: 'directory', source_path: path };
    return (await this.client.ok<{ id: string }>('POST', `/api/v2/collections/${this.id}/sources`, source)).id;
  }

  operation(id: string): Promise<OperationReply> {
    return this.client.ok<OperationReply>('GET', `/api/v2/operations/${id}`);
  }

  /** The operation when it is over, however it went. */
  async ended(id: string): Promise<OperationReply> {
    await this.stage.keeps('G3', `operation ${id} to end`, async () => ENDED.includes((await this.operation(id)).status));
    return this.operation(id);
  }

  async done(id: string): Promise<void> {
    const { status, error_message } = await this.ended(id);
    must(status === 'completed', 'G3', `an operation ended ${status}: ${error_message}`);
  }

  async hits(query: string, extra: object = {}): Promise<ChunkHit[]> {
    const body = { query, collection_uuids: [this.id], k: ALL, ...extra };
    return (await this.client.ok<{ results: ChunkHit[] }>('POST', '/api/v2/search', body)).results;
  }

  /** The texts of all chunks that a search finds, in the order of the alphabet. */
  async texts(query: string, extra: object = {}): Promise<string[]> {
    return (await this.hits(query, extra)).map(({ text }) => text).sort();
  }

  /** The jobs that bring a document into an index, those accepted first first. */
  async jobsOf(documentId: string): Promise<{ id: string; index_id: string }[]> {
    return this.stage.sql(`SELECT id, payload->>'index_id' AS index_id FROM jobs WHERE document_id = $1 ORDER BY created_at, id`, [documentId]);
  }
}
