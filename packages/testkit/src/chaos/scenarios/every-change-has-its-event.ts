import { readSse } from '../read-sse.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

/** Events are numbered 1..n, exactly one ends the job, and a stream that resumes anywhere tells the rest and closes. */
export const everyChangeHasItsEvent: Scenario = async (stage) => {
  const client = stage.client();
  const { job_id } = await client.ok<{ job_id: string }>('POST', '/jobs', { type: 'mock_process' });
  const { events } = await stage.done(client, job_id);
  const numbers = events.map((event) => event.seq);
  must(
    numbers.every((number, index) => number === index + 1),
    'G10',
    `the events of a job are numbered ${numbers}`,
  );
  const ends = events.filter((event) => event.status === 'completed').length;
  must(ends === 1, 'G10', `a completed job has ${ends} events that say so`);
  for (const since of [0, 2]) {
    const seen = await readSse(stage.system.baseUrl, client, `/jobs/${job_id}/events`, {
      lastEventId: since === 0 ? undefined : String(since),
      withinMs: stage.patienceMs,
    });
    must(seen.ended, 'G10', 'the event stream of a completed job did not close');
    const expected = numbers.filter((number) => number > since).join();
    must(
      seen.events.map((event) => event.id).join() === expected,
      'G10',
      `a stream after event ${since} told ${seen.events.map((event) => event.id)} instead of ${expected}`,
    );
  }
};
