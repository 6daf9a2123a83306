import { type Database, readIndex } from '@cairn/common';
import type { DocumentSpaces } from '../documents/document-spaces.js';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

/** Makes ready what a new collection needs before documents come. */
export class OpenIndexHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly spaces: DocumentSpaces,
  ) {}

  async handle({ scope, lease }: JobContext): Promise<JobOutcome> {
    const index = await this.database.tenant(scope, (sql) => readIndex(sql, scope, String(lease.payload.index_id)));
    if (index !== undefined) await this.spaces.ensure(index);
    return { kind: 'result', result: { index_id: lease.payload.index_id } };
  }
}
