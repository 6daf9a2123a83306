import type { SpaceMaintenance } from '@cairn/retrieval';
import type { TestDatabase } from '../../system/test-database.js';
import { until } from '../../system/wait.js';

const PATIENCE_MS = 600_000;
const LOOKS = 3;
const LOOK_MS = 500;

/** Resolves when Qdrant has nothing more to do with what was written: it looks so several times in a row, for one index may be begun after another. */
export async function settled(spaces: SpaceMaintenance, space: string): Promise<void> {
  const isQuiet = async () => (await spaces.describeSpace(space)).status === 'green';
  await until(
    `Qdrant to have built its index of ${space}`,
    async () => {
      for (let look = 0; look < LOOKS; look++) {
        if (!(await isQuiet())) return false;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return true;
    },
    PATIENCE_MS,
  );
}

/** Resolves when Postgres has done what it would else do while something is measured: counted the rows, and written them out. */
export async function tidied({ sql }: TestDatabase, tables: readonly string[]): Promise<void> {
  await sql(`VACUUM ANALYZE ${tables.join(', ')}`);
  await sql('CHECKPOINT');
}
