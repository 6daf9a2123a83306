import type { ApiClient, Reply } from '../system/api-client.js';
import { until } from '../system/wait.js';

const V2 = '/api/v2';
const ENDED = ['completed', 'failed', 'cancelled'];

export interface Document {
  external_id?: string;
  title?: string;
  file_name?: string;
  text: string;
  metadata?: object;
  mime_type?: string;
}

export interface DocumentReply {
  id: string;
  external_id: string;
  file_name: string;
  title: string | null;
  status: string;
  error_message: string | null;
  error_code: string | null;
  chunk_count: number;
  job_id: string;
  duplicate_of?: string;
}

export interface OperationReply {
  id: string;
  type: string;
  status: string;
  error_message: string | null;
  progress: { percentage: number; processed: number; total: number; failed: number };
  result: Record<string, unknown>;
}

export interface CollectionReply extends Record<string, unknown> {
  id: string;
  name: string;
  status: string;
  document_count: number;
  total_chunks: number;
  sources: { id: string; source_path: string; document_count: number }[];
  recent_operations: OperationReply[];
  initial_operation_id: string;
}

/** What a sent document is answered with. */
export interface Sent {
  id: string;
  external_id: string;
  file_name: string;
  status: string;
  duplicate_of?: string;
}

export interface Accepted {
  operation_id: string;
  documents: Sent[];
}

export interface ChunkHit {
  document_id: string;
  external_id: string;
  chunk_id: string;
  text: string;
  title: string | null;
  score: number;
}

export interface SearchReply<Hit = ChunkHit> {
  results: Hit[];
  next_cursor: string | null;
  warnings: string[];
  reranking_used: boolean;
}

/** Files of a form: name, content, type. */
export type File = [name: string, content: string | Uint8Array<ArrayBuffer>, type?: string];

/** One collection, as a client of the HTTP interface sees it. */
export class CollectionClient {
  constructor(
    readonly client: ApiClient,
    readonly id: string,
  ) {}

  static async make(client: ApiClient, settings: object = {}): Promise<CollectionClient> {
    const name = `a collection ${Math.random()}`;
    const { id } = await client.ok<CollectionReply>('POST', `${V2}/collections`, { name, ...settings });
    return new CollectionClient(client, id);
  }

  /** The same collection for somebody else. */
  as(client: ApiClient): CollectionClient {
    return new CollectionClient(client, this.id);
  }

  path(rest = ''): string {
    return `${V2}/collections/${this.id}${rest}`;
  }

  detail(): Promise<CollectionReply> {
    return this.client.ok<CollectionReply>('GET', this.path());
  }

  is(status: string, withinMs?: number): Promise<CollectionReply> {
    return until(`the collection to be ${status}`, async () => pick(await this.detail(), status), withinMs);
  }

  send(documents: Document[], headers: Record<string, string> = {}): Promise<Accepted> {
    return this.client.ok<Accepted>('POST', this.path('/documents'), { documents }, headers);
  }

  /** Resolves when all of them are found. */
  async add(documents: Document[]): Promise<Sent[]> {
    const accepted = await this.send(documents);
    await this.completed(accepted.operation_id);
    return accepted.documents;
  }

  upload(files: File[], fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Reply<Accepted>> {
    return this.client.call<Accepted>('POST', this.path('/documents'), formOf(files, fields), headers);
  }

  async source(body: object): Promise<OperationReply> {
    const { id } = await this.client.ok<{ id: string }>('POST', this.path('/sources'), body);
    return this.ended(id);
  }

  async reindex(body: object): Promise<string> {
    return (await this.client.ok<{ id: string }>('POST', this.path('/reindex'), body)).id;
  }

  operation(id: string): Promise<OperationReply> {
    return this.client.ok<OperationReply>('GET', `${V2}/operations/${id}`);
  }

  /** The operation when it is over, however. */
  ended(id: string, withinMs = 60_000): Promise<OperationReply> {
    return until(
      `the operation ${id} to end`,
      async () => this.operation(id).then((operation) => (ENDED.includes(operation.status) ? operation : undefined)),
      withinMs,
    );
  }

  async completed(id: string, withinMs?: number): Promise<OperationReply> {
    const operation = await this.ended(id, withinMs);
    if (operation.status !== 'completed') throw new Error(`the operation ${id} ended ${operation.status}: ${operation.error_message}`);
    return operation;
  }

  document(id: string): Promise<DocumentReply> {
    return this.client.ok<DocumentReply>('GET', `${V2}/documents/${id}`);
  }

  async documents(query = ''): Promise<DocumentReply[]> {
    return (await this.client.ok<{ documents: DocumentReply[] }>('GET', this.path(`/documents?per_page=500${query}`))).documents;
  }

  replace(id: string, document: object): Promise<Accepted> {
    return this.client.ok<Accepted>('PUT', `${V2}/documents/${id}`, document);
  }

  delete(id: string): Promise<unknown> {
    return this.client.ok('DELETE', `${V2}/documents/${id}`);
  }

  search<Hit = ChunkHit>(search: object): Promise<SearchReply<Hit>> {
    return this.client.ok<SearchReply<Hit>>('POST', `${V2}/search`, { collection_uuids: [this.id], ...search });
  }

  async hits(query: string, more: object = {}): Promise<ChunkHit[]> {
    return (await this.search({ query, k: 100, ...more })).results;
  }

  /** The hits of all pages, one cursor after the other. */
  async allHits<Hit = ChunkHit>(search: object): Promise<Hit[]> {
    const hits: Hit[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: SearchReply<Hit> = await this.search<Hit>({ ...search, ...(cursor === undefined ? {} : { cursor }) });
      hits.push(...page.results);
      cursor = page.next_cursor;
    }
    return hits;
  }

  /** The texts of what a search by words finds. */
  async texts(query: string, more: object = {}): Promise<string[]> {
    return (await this.hits(query, { search_mode: 'sparse', ...more })).map(({ text }) => text);
  }
}

export function formOf(files: File[], fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [name, content, type = 'text/plain'] of files) form.append('file', new Blob([content], { type }), name);
  return form;
}

function pick(detail: CollectionReply, status: string): CollectionReply | undefined {
  if (detail.status === status) return detail;
  throw new Error(`it is ${detail.status}`);
}
