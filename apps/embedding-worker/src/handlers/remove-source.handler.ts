import { type Database, deleteDocuments, documentsOfSource, handOver, holdJob, holdJobsOfDocuments, type Sql, type TenantScope } from '@cairn/common';
import type { SourceFolders } from '../documents/source-folders.js';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

const AT_A_TIME = 100;

/** Deletes the documents of a source that was removed, but for those that another source holds too. Begun again, it goes on with what is left. */
export class RemoveSourceHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly folders: SourceFolders,
  ) {}

  async handle({ scope, lease, signal }: JobContext): Promise<JobOutcome> {
    const id = String(lease.payload.source_id);
    const counts = { documents: 0, kept: 0 };
    for (let page = AT_A_TIME; page === AT_A_TIME; ) {
      signal.throwIfAborted();
      page = await this.database.tenant(scope, async (sql) => {
        await holdJob(sql, scope, lease);
        return this.takeApart(sql, scope, id, counts);
      });
    }
    await this.folders.remove(scope, id);
    return { kind: 'result', result: { source_id: id, ...counts } };
  }

  /** Answers how many documents were looked at. */
  private async takeApart(sql: Sql, scope: TenantScope, id: string, counts: { documents: number; kept: number }): Promise<number> {
    const ids = (await documentsOfSource(sql, scope, id, { limit: AT_A_TIME })).map((document) => document.id);
    await holdJobsOfDocuments(sql, scope, ids); // before the documents are given away, which holds these
    const kept = new Set(await handOver(sql, scope, ids));
    counts.kept += kept.size;
    counts.documents += await deleteDocuments(
      sql,
      scope,
      ids.filter((one) => !kept.has(one)),
    );
    return ids.length;
  }
}
