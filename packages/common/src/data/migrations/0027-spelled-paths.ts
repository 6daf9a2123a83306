import { posix } from 'node:path';
import type { MigrationInterface, QueryRunner } from 'typeorm';

interface Source {
  org: string;
  id: string;
  path: string;
}

const PATHS = `SELECT org_id AS org, id, source_path AS path FROM sources WHERE removed_at IS NULL AND source_path LIKE '/%' ORDER BY created_at, org_id, id`;
const SPELL = `UPDATE sources s SET source_path = $3 WHERE s.org_id = $1 AND s.id = $2 AND NOT EXISTS (SELECT FROM sources twin WHERE twin.org_id = s.org_id
  AND twin.collection_id = s.collection_id AND twin.source_type = s.source_type AND twin.source_path = $3 AND twin.removed_at IS NULL)`;

// As they are spelled since then; a later change of that must not change what this did.
const spelled = (path: string) => posix.normalize(path).replace(/(?<=.)\/$/, '');

/** Paths of sources that were added before all spellings of one were the same; of several the oldest gets it, and none that has a twin. */
export class SpelledPaths1700000000027 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`SET LOCAL lock_timeout = '10s'`);
    await runner.query('LOCK TABLE sources IN SHARE ROW EXCLUSIVE MODE');
    const sources: Source[] = await runner.query(PATHS);
    for (const { org, id, path } of sources) if (spelled(path) !== path) await runner.query(SPELL, [org, id, spelled(path)]);
  }

  /** How they were spelled is not known any more, and nothing depends on it. */
  async down(): Promise<void> {}
}
