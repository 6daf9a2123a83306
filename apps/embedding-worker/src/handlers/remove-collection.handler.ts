import { type Database, forgetCollection, removeDocumentsOf, sourceIdsOf } from '@cairn/common';
import type { SourceFolders } from '../documents/source-folders.js';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

const AT_A_TIME = 50;

/** Removes what a deleted collection held, some documents at a time; nobody sees it any more. Begun again, it goes on with what is left. */
export class RemoveCollectionHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly folders: SourceFolders,
  ) {}

  async handle({ scope, lease, signal, report }: JobContext): Promise<JobOutcome> {
    const id = String(lease.payload.collection_id);
    let documents = 0;
    for (let removed = AT_A_TIME; removed === AT_A_TIME; documents += removed) {
      signal.throwIfAborted();
      removed = await this.database.tenant(scope, (sql) => removeDocumentsOf(sql, scope, id, AT_A_TIME));
      if (documents % 500 === 0 && documents > 0) await report('removing', 50);
    }
    for (const sourceId of await this.database.tenant(scope, (sql) => sourceIdsOf(sql, scope, id))) await this.folders.remove(scope, sourceId);
    return {
      kind: 'commit',
      commit: async (sql) => {
        await forgetCollection(sql, scope, id);
        return { collection_id: id, documents };
      },
    };
  }
}
