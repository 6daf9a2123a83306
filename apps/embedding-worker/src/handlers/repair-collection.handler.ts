import {
  askForRepair,
  type Database,
  DependencyError,
  type IndexSpace,
  noteFirstResult,
  pause,
  type StoredPointId,
  spacesOfIndexes,
  truthOfIndex,
} from '@cairn/common';
import { compareIndex, type QdrantGateway } from '@cairn/retrieval';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

const LOOKS = 10;
const BETWEEN_LOOKS_MS = 1_000;

interface Drift {
  missing: number;
  orphans: number;
}

/** Has what Qdrant lacks of a collection written back, and what nothing accounts for deleted; ends when both agree. */
export class RepairCollectionHandler implements JobHandler {
  constructor(
    private readonly database: Database,
    private readonly gateway: QdrantGateway,
  ) {}

  async handle(context: JobContext): Promise<JobOutcome> {
    const { scope, lease, signal } = context;
    const { collection_id, operation_id } = lease.payload as { collection_id: string; operation_id: string };
    const indexes = await this.database.tenant(scope, (sql) => spacesOfIndexes(sql, scope, collection_id));
    const drift = await this.lookAt(context, indexes);
    await this.database.tenant(scope, (sql) => noteFirstResult(sql, scope, operation_id, { restored: drift.missing, deleted: drift.orphans }));
    for (let look = 0, left = drift; left.missing + left.orphans > 0; look++) {
      if (look === LOOKS) throw new DependencyError('qdrant', 'What Qdrant lacks is being written back.');
      await pause(BETWEEN_LOOKS_MS, signal);
      signal.throwIfAborted();
      left = await this.lookAt(context, indexes);
    }
    return { kind: 'result', result: { collection_id, in_sync: true } };
  }

  /** Compares, and asks the dispatcher for what is not as it should be. Asking twice changes nothing. */
  private async lookAt(context: JobContext, indexes: IndexSpace[]): Promise<Drift> {
    const { scope } = context;
    const drift = { missing: 0, orphans: 0 };
    for (const { id: indexId, space } of indexes)
      for await (const { missing, strangers } of compareIndex(this.gateway, scope, { space, indexId }, truthOfIndex(this.database, scope, indexId))) {
        drift.missing += missing.length;
        drift.orphans += strangers.length;
        const pointIds = missing.map(({ pointId }) => pointId);
        if (missing.length + strangers.length > 0) await this.ask(context, space, { missing: pointIds, strangers });
      }
    return drift;
  }

  private ask({ scope }: JobContext, space: string, wanted: { missing: string[]; strangers: StoredPointId[] }): Promise<void> {
    return this.database.tenant(scope, (sql) => askForRepair(sql, scope, space, wanted));
  }
}
