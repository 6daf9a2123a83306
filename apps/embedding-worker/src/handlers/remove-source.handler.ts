import { type Database, deleteDocuments, documentsOfSource, holdJob } from '@cairn/common';
import type { SourceFolders } from '../documents/source-folders.js';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

const AT_A_TIME = 100;

/** Deletes the documents of a source that was removed. Begun again, it goes on with what is left. */
export class RemoveSourceHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly folders: SourceFolders,
  ) {}

  async handle({ scope, lease, signal }: JobContext): Promise<JobOutcome> {
    const id = String(lease.payload.source_id);
    let documents = 0;
    for (let page = AT_A_TIME; page === AT_A_TIME; documents += page) {
      signal.throwIfAborted();
      page = await this.database.tenant(scope, async (sql) => {
        await holdJob(sql, scope, lease);
        const ids = (await documentsOfSource(sql, scope, id, { limit: AT_A_TIME })).map((document) => document.id);
        await deleteDocuments(sql, scope, ids);
        return ids.length;
      });
    }
    await this.folders.remove(scope, id);
    return { kind: 'result', result: { source_id: id, documents } };
  }
}
