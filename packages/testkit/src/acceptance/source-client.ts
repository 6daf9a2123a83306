import type { ApiClient, Reply } from '../system/api-client.js';
import { until } from '../system/wait.js';

export interface OperationReply {
  id: string;
  type: string;
  status: string;
  config: Record<string, unknown>;
  result: Record<string, unknown>;
  error_message: string | null;
  progress: { processed: number; total: number; failed: number };
}

export interface SourceReply {
  id: string;
  source_path: string;
  source_type: string;
  config: Record<string, Record<string, unknown>>;
  document_count: number;
  next_run_at: string | null;
  last_run_at: string | null;
  last_error: string | null;
}

export interface DocumentReply {
  id: string;
  external_id: string;
  file_path: string;
}

/** A new collection, and what a client does with it. */
export class SourceClient {
  private constructor(
    readonly api: ApiClient,
    readonly id: string,
  ) {}

  static async create(api: ApiClient): Promise<SourceClient> {
    const { id } = await api.ok<{ id: string }>('POST', '/api/v2/collections', { name: `c ${Math.random()}` });
    return new SourceClient(api, id);
  }

  get path(): string {
    return `/api/v2/collections/${this.id}`;
  }

  post(source: object): Promise<Reply<OperationReply>> {
    return this.api.call('POST', `${this.path}/sources`, source);
  }

  /** Adds a source, or looks through it again, and waits for what comes of it. */
  async look(source: object): Promise<OperationReply> {
    const { body, status } = await this.post(source);
    if (status !== 202) throw new Error(`adding a source answered ${status}: ${JSON.stringify(body)}`);
    return this.ended(body.id);
  }

  ended(operationId: string): Promise<OperationReply> {
    return until(`the end of operation ${operationId}`, async () => {
      const operation = await this.api.ok<OperationReply>('GET', `/api/v2/operations/${operationId}`);
      return ['completed', 'failed', 'cancelled'].includes(operation.status) && operation;
    });
  }

  async sources(): Promise<SourceReply[]> {
    return (await this.api.ok<{ sources: SourceReply[] }>('GET', this.path)).sources;
  }

  async documents(): Promise<DocumentReply[]> {
    return (await this.api.ok<{ documents: DocumentReply[] }>('GET', `${this.path}/documents?per_page=50`)).documents;
  }

  async externalIds(): Promise<string[]> {
    return (await this.documents()).map((document) => document.external_id).sort();
  }

  async finds(query: string): Promise<string> {
    const body = { collection_uuids: [this.id], query, k: 10 };
    const { results } = await this.api.ok<{ results: { text: string }[] }>('POST', '/api/v2/search', body);
    return results.map(({ text }) => text).join('\n');
  }
}
