import { setTimeout as pause } from 'node:timers/promises';
import { CairnError, DependencyError, type ServingIndex } from '@cairn/common';
import { QdrantRefusedError } from '@cairn/retrieval';
import { describe, expect, it } from '@jest/globals';
import { askSpaces, type Failures, LateError } from './ask-spaces.js';
import { assertAllSearched, assertSomeSearched, failedCollections, without } from './failed-collections.js';

const NEVER = new Promise<never>(() => {});
const refused = new QdrantRefusedError({ kind: 'refused', code: 'http 400', message: 'secret words' }, { operation: 'search', timeoutMs: 1 }, new Error());
const modelIsAway = new DependencyError('model', 'No worker.');
const qdrantIsAway = new DependencyError('qdrant', 'Vector space cairn_f16 is not in Qdrant');
const notInstalled = new CairnError('model_not_installed', 'The model is not installed. Import it.');

/** Asks spaces that answer with their name, fail, or never answer. */
async function ask(plan: Record<string, Promise<unknown> | Error | 'answers'>, { withinMs = 5_000, signal = new AbortController().signal } = {}) {
  const failures: Failures = new Map();
  const startedAt = performance.now();
  const patience = { failures, signal, answersBy: startedAt + withinMs, mustEndBy: startedAt + 4 * withinMs };
  const answers = await askSpaces(
    Object.keys(plan),
    async (space) => {
      const planned = plan[space];
      if (planned instanceof Error) throw planned;
      return planned === 'answers' ? space : planned;
    },
    patience,
  );
  return { answers: [...answers.keys()], failures, ms: performance.now() - startedAt };
}

const indexOf = (space: string): ServingIndex => ({
  collectionId: `id of ${space}`,
  collectionName: `name of ${space}`,
  indexId: space,
  space,
  model: 'a-model',
  modelVer: 'v1',
});

describe('spaces that are asked at once', () => {
  it('Q2: each fails for itself, whatever of its own is away', async () => {
    const { answers, failures } = await ask({ a: 'answers', b: modelIsAway, c: qdrantIsAway, d: refused, e: notInstalled, f: 'answers' });
    expect(answers).toEqual(['a', 'f']);
    expect([...failures.values()]).toEqual([modelIsAway, qdrantIsAway, refused, notInstalled]);
  });

  it('Q2: one that never answers holds up the others to the deadline and no longer', async () => {
    const { answers, failures, ms } = await ask({ a: 'answers', slow: NEVER, b: pause(20) }, { withinMs: 500 });
    expect([answers, failures.get('slow')]).toEqual([['a', 'b'], expect.any(LateError)]);
    expect(ms).toBeGreaterThanOrEqual(490);
    expect(ms).toBeLessThan(1_900);
  });

  it('Q2: one that is alone is waited for past that, because nobody else waits', async () => {
    const { answers } = await ask({ slow: pause(150) }, { withinMs: 50 });
    expect(answers).toEqual(['slow']);
  });

  it.each([
    ['a mistake of the caller', new CairnError('invalid_filter', 'no')],
    ['something that is not there for him', new CairnError('not_found', 'no')],
    ['an outage of Postgres', new DependencyError('pg', 'no')],
    ['a bug', new TypeError('no')],
  ])('Q2: %s ends all', async (_, error) => {
    await expect(ask({ a: 'answers', b: error, c: NEVER })).rejects.toBe(error);
  });

  it('Q2: nobody is waited for when the caller has gone', async () => {
    const caller = new AbortController();
    const asked = ask({ a: 'answers', slow: NEVER }, { signal: caller.signal });
    caller.abort(new Error('gone'));
    await expect(asked).rejects.toThrow('gone');
    await expect(ask({ a: 'answers' }, { signal: caller.signal })).rejects.toThrow('gone');
  });
});

describe('a space that is waited for no longer', () => {
  const told = async (end: (caller: AbortController) => void, others: () => Promise<unknown> = async () => undefined) => {
    const caller = new AbortController();
    const signals = new Map<string, AbortSignal>();
    const answersBy = performance.now() + 200;
    const asked = askSpaces(
      ['slow', 'other'],
      async (space, _until, signal) => {
        signals.set(space, signal);
        await (space === 'slow' ? new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))) : others());
      },
      { failures: new Map(), signal: caller.signal, answersBy, mustEndBy: answersBy + 5_000 },
    ).catch(() => undefined);
    end(caller);
    await asked;
    await pause(0);
    return ['slow', 'other'].map((space) => signals.get(space)?.aborted);
  };

  it('Q2: is told so where it is late, its caller has left, or another one ended all', async () => {
    expect(await told(() => undefined)).toEqual([true, false]);
    expect((await told((caller) => caller.abort(new Error('gone'))))[0]).toBe(true);
    expect(
      (
        await told(
          () => undefined,
          () => Promise.reject(new TypeError('a bug')),
        )
      )[0],
    ).toBe(true);
  });
});

describe('what is said of those that failed', () => {
  const asked = ['a', 'b', 'c', 'd', 'e'].map(indexOf);
  const failures: Failures = new Map<string, Error>([
    ['b', modelIsAway],
    ['c', qdrantIsAway],
    ['d', refused],
    ['e', notInstalled],
  ]);

  it('Q2: names the collection, and tells people what happened without what is inside', () => {
    const failed = failedCollections(asked, failures);
    expect(without(asked, failures).map(({ space }) => space)).toEqual(['a']);
    expect(failed.map((one) => [one.collection_id, one.collection_name, one.code])).toEqual([
      ['id of b', 'name of b', 'unavailable'],
      ['id of c', 'name of c', 'unavailable'],
      ['id of d', 'name of d', 'internal'],
      ['id of e', 'name of e', 'model_not_installed'],
    ]);
    expect(failed.map(({ error }) => error)).toEqual([
      expect.stringContaining('the question with its model a-model'),
      'Its vectors cannot be searched right now. Search again in a moment.',
      expect.stringContaining('could not be searched'),
      notInstalled.message,
    ]);
    expect(JSON.stringify(failed)).not.toMatch(/cairn_|secret|Qdrant/);
  });

  it('Q2: is an error only when nothing is left, and an outage wherever that explains one of them', () => {
    const some = () => assertSomeSearched(asked, failures);
    const none = () => assertSomeSearched(asked.slice(1), failures);
    expect(some).not.toThrow();
    expect(none).toThrow(expect.objectContaining({ code: 'unavailable', retryAfterSeconds: 2, message: expect.stringContaining('4 of the 4 collections') }));
    expect(() => assertSomeSearched([indexOf('e')], failures)).toThrow(notInstalled);
    const ofOne = 'The collection name of c cannot be searched. Its vectors cannot be searched right now. Search again in a moment.';
    expect(() => assertSomeSearched([indexOf('c')], failures)).toThrow(expect.objectContaining({ code: 'unavailable', retryAfterSeconds: 2, message: ofOne }));
    expect(() => assertSomeSearched([], new Map())).not.toThrow();
  });

  it('Q2: is an error for what has to be whole, as a further page has', () => {
    expect(() => assertAllSearched(asked, failures)).toThrow(expect.objectContaining({ code: 'unavailable' }));
    expect(() => assertAllSearched([indexOf('a')], failures)).not.toThrow();
  });
});
