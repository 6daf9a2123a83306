import { type Database, type DeletionInHand, deleteDocuments, deletionInHand, documentsToDelete, holdJob, noteDeleted } from '@cairn/common';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

const AT_A_TIME = 100;
const FIRST = '00000000-0000-0000-0000-000000000000';

/** Deletes documents of a collection in slices, each with its count. Begun again, it goes on with what is left. */
export class DeleteDocumentsHandler implements JobHandler {
  constructor(private readonly database: Database) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease, signal } = context;
    const operationId = String(lease.payload.operation_id);
    const ids = lease.payload.ids as string[] | undefined;
    const deletion = await this.database.tenant(scope, (sql) => deletionInHand(sql, scope, operationId, ids));
    if (deletion === undefined) return { kind: 'result', result: { superseded: true } };
    let documents = 0;
    for (let after: string | undefined = FIRST; after !== undefined; ) {
      signal.throwIfAborted();
      const slice: string[] = await this.deleteSlice(context, { operationId, deletion, after });
      documents += slice.length;
      after = slice.length < AT_A_TIME ? undefined : slice.at(-1);
    }
    return { kind: 'result', result: { documents } };
  }

  /** The slice and its count are there together, or neither; a lease that is lost changes nothing any more. */
  private deleteSlice(
    { scope, lease }: JobContext,
    { operationId, deletion, after }: { operationId: string; deletion: DeletionInHand; after: string },
  ): Promise<string[]> {
    return this.database.tenant(scope, async (sql) => {
      await holdJob(sql, scope, lease);
      const ids = await documentsToDelete(sql, scope, deletion, { after, limit: AT_A_TIME });
      await noteDeleted(sql, scope, operationId, await deleteDocuments(sql, scope, ids, { sentBy: deletion.askedAt }));
      return ids;
    });
  }
}
