import { adoptFiles, type BlobStore, type Database, type Metrics, removeUnusedBlobs } from '@cairn/common';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

const AT_A_TIME = 200;
const FILES_AT_A_TIME = 1_000;
const MINUTE_MS = 60_000;

/** Removes the contents of an organisation that no document needs, those too of which only a file was left. Begun again, it goes on with what is left. */
export class RemoveBlobsHandler implements JobHandler {
  private readonly removed;

  constructor(
    private readonly database: Database,
    private readonly blobs: BlobStore,
    metrics: Metrics,
  ) {
    this.removed = metrics.counter({ name: 'blobs_removed_total', help: 'Contents removed because no document needs them.' });
  }

  async handle(context: JobContext): Promise<JobOutcome> {
    const unusedMinutes = Number(context.lease.payload.unused_minutes);
    await this.blobs.sweepTemporary(unusedMinutes * MINUTE_MS);
    await this.adoptStrays(context, Date.now() - unusedMinutes * MINUTE_MS);
    let [blobs, bytes] = [0, 0];
    for (let seen = AT_A_TIME; seen === AT_A_TIME; ) {
      context.signal.throwIfAborted();
      const part = await this.remove(context, unusedMinutes);
      seen = part.seen;
      blobs += part.removed;
      bytes += part.bytes;
      this.removed.add(part.removed);
    }
    return { kind: 'result', result: { blobs, bytes } };
  }

  private remove({ scope }: JobContext, unusedMinutes: number) {
    return this.database.tenant(scope, (sql) => removeUnusedBlobs(sql, scope, { unusedMinutes, limit: AT_A_TIME }, this.blobs));
  }

  // What was put by a request that then failed.
  private async adoptStrays({ scope, signal }: JobContext, before: number): Promise<void> {
    let old: { hash: string; size: number }[] = [];
    const adopt = async () => {
      if (old.length > 0) await this.database.tenant(scope, (sql) => adoptFiles(sql, scope, old));
      old = [];
    };
    for await (const { hash, size, putAt } of this.blobs.list(scope)) {
      signal.throwIfAborted();
      if (putAt.getTime() < before) old.push({ hash, size });
      if (old.length === FILES_AT_A_TIME) await adopt();
    }
    await adopt();
  }
}
