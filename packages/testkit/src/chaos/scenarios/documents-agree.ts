import { wrongsOfDocuments } from '../document-truth.js';
import type { Stage } from '../stage.js';
import { must } from '../violation.js';

/** When all is quiet: what Postgres says of documents, chunks, points and operations agrees, and nothing is left over. */
export async function documentsAgree(stage: Stage, orgId: string, promise: string): Promise<void> {
  await stage.keeps(
    'G3',
    'the jobs of the organisation to end',
    async () => (await stage.sql(`SELECT 1 FROM jobs WHERE org_id = $1 AND state IN ('queued', 'running')`, [orgId])).length === 0,
  );
  const wrongs = await wrongsOfDocuments(stage.sql.bind(stage), [orgId]);
  must(wrongs.length === 0, promise, wrongs.join('; '));
}
