import type { Writable } from 'node:stream';
import type { CairnClient } from '@cairn/client';
import { CommandFailedError, UsageError } from './connection.js';
import { FAMILIES_USAGE, families } from './families-command.js';
import { SEED_USAGE, seed } from './seed-command.js';
import { SQL_USAGE, sql } from './sql-command.js';

interface Command {
  usage: string;
  summary: string;
  /** What it says at its end, where it has not written all of it already. */
  run(client: CairnClient, args: string[], out: Writable): Promise<string | undefined>;
}

const POLL_MS = 100;

/** Every command, by its name. */
export const COMMANDS: Record<string, Command> = {
  embed: {
    usage: 'embed <asset> <segment> <text>',
    summary: 'embed a text, and wait until it can be found',
    run: async (client, args) => {
      const [asset_id, segment_id, text] = exactly(3, args, 'embed <asset> <segment> <text>');
      const { job_id } = await client.call('POST /vectors/embed', { body: { asset_id, segment_id, text } });
      return ended(client, job_id);
    },
  },
  search: {
    usage: 'search <words…>',
    summary: 'find vectors by meaning',
    run: async (client, args) => {
      const query = args.join(' ');
      if (query === '') throw new UsageError('Say what to look for: cairn search <words…>');
      const { results } = await client.call('POST /vectors/search', { body: { query } });
      return results.length === 0
        ? 'nothing found'
        : results.map(({ score, payload }) => `${score.toFixed(3)}  ${payload.asset_id}  ${payload.segment_id}`).join('\n');
    },
  },
  jobs: {
    usage: 'jobs',
    summary: 'the newest jobs',
    run: async (client) => {
      const { jobs } = await client.call('GET /jobs', {});
      return (
        jobs.map((job) => `${job.created_at}  ${String(job.status).padEnd(10)} ${String(job.progress).padStart(3)} %  ${job.type}  ${job.id}`).join('\n') ||
        'no jobs yet'
      );
    },
  },
  job: {
    usage: 'job <id>',
    summary: 'one job, when it has ended',
    run: (client, args) => ended(client, exactly(1, args, 'job <id>')[0]),
  },
  seed: {
    usage: SEED_USAGE,
    summary: 'make the collections of a file, where they are not there yet',
    run: seed,
  },
  sql: {
    usage: SQL_USAGE,
    summary: 'ask collections by a statement',
    run: sql,
  },
  families: {
    usage: FAMILIES_USAGE,
    summary: 'collections that are asked as one',
    run: families,
  },
  delete: {
    usage: 'delete <asset>',
    summary: 'delete all vectors of an asset',
    run: async (client, args) => {
      const [asset_id] = exactly(1, args, 'delete <asset>');
      const { deleted } = await client.call('DELETE /vectors/asset/{asset_id}', { path: { asset_id } });
      return `${deleted} deleted`;
    },
  },
};

function exactly(count: number, args: string[], usage: string): [string, string, string] {
  if (args.length !== count) throw new UsageError(`Usage: cairn ${usage}`);
  return args as [string, string, string];
}

async function ended(client: CairnClient, id: string): Promise<string> {
  for (;;) {
    const job = await client.call('GET /jobs/{id}', { path: { id } });
    if (job.status === 'completed') return `completed ${JSON.stringify(job.result)}`;
    if (job.status === 'failed' || job.status === 'canceled') throw new CommandFailedError(`Job ${id} ended ${job.status}${job.error ? `: ${job.error}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
