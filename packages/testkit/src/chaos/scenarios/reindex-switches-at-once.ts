import { Loop } from '../loop.js';
import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import { documentsAgree } from './documents-agree.js';
import type { Scenario } from './scenario.js';

const SMALL = { chunk_size: 20, chunk_overlap: 0 };
const WORDS = ['harbour', 'lantern'];
const textOf = (word: string): string => Array.from({ length: 12 }, (_, at) => `Sentence ${at} speaks about the old ${word} of the town.`).join(' ');

/** A reindexing is hit at its switch: the old index serves before it and the new one after it, never both and never none. */
function switchIsHit(signal: 'SIGKILL' | 'SIGSTOP'): Scenario {
  return async (stage) => {
    await stage.ensure('worker');
    const collection = await StagedCollection.open(stage, { chunk_size: 500, chunk_overlap: 0 });
    for (const word of WORDS) await collection.add(word, textOf(word));
    const chunks = async () =>
      (await collection.hits('the old town', { search_mode: 'keyword' }))
        .map(({ chunk_id }) => chunk_id)
        .sort()
        .join();
    const old = await chunks();
    const seen = new Set<string>();
    const reader = new Loop(async () => void seen.add(await chunks()), 50);
    // The switch comes after the documents.
    await stage.ensure('worker', { CAIRN_FAULTS: `W7:${signal}@${WORDS.length + 1}`, LEASE_MS: '600' });
    const operation = await collection.reindex(SMALL);
    await stage.landed('worker', 'W7');
    must((await chunks()) === old, 'G6', 'before the switch of a reindexing something else was found than before');
    if (signal === 'SIGKILL') await stage.ensure('worker');
    else {
      const lost = async () =>
        (await stage.sql(`SELECT 1 FROM jobs WHERE type = 'finish_reindex' AND state = 'queued' AND org_id = $1`, [collection.client.person.org])).length > 0;
      await stage.keeps('G15', 'the lease of the paused worker to run out', lost);
      stage.service('worker').thaw();
    }
    await collection.done(operation);
    const now = await chunks();
    await reader.stop();
    must(now !== old && now.split(',').length > old.split(',').length, 'G6', 'after a reindexing the old chunks are found');
    for (const one of seen)
      must(one === old || one === now, 'G6', `during a switch ${one === '' ? 'nothing' : 'neither the old nor the new index alone'} was found`);
    await documentsAgree(stage, collection.client.person.org, 'G6');
  };
}

export const killedSwitchIsMadeAgain = switchIsHit('SIGKILL');
export const pausedSwitchIsMadeOnce = switchIsHit('SIGSTOP');
