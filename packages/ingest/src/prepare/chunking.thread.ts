import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { CairnError, leaveOthersTheProcessor, PermanentJobError } from '@cairn/common/contracts';
import { compareChunkings } from '../chunk/review/preview.js';
import { recommendChunking } from '../chunk/review/recommend.js';
import { tokeniserByWord } from '../chunk/tokens/tokeniser-by-word.js';
import { extract } from '../extract/extract.js';
import type { KeywordCounters } from '../extract/keyword-counter.js';
import {
  BEGUN,
  type ChunkingAnswer,
  type ChunkingReply,
  type ChunkingRequest,
  type ChunkingThreadData,
  type ChunkWork,
  type ExtractWork,
  IN_HAND,
  type PreviewWork,
  type ThreadFailure,
} from './chunking-messages.js';
import { OpenText, parsedOf } from './open-text.js';
import type { TokenCounter, TokenCounterSource, TokenCounters } from './token-counter.js';

const { state } = workerData as ChunkingThreadData;
leaveOthersTheProcessor();
// Tokenizers of large vocabularies take a hundred megabytes each.
const MOST_COUNTERS = 4;

// A text that is not open yet is undefined: it may be closed while its tokenizer loads. So is one that is looked at as a whole.
const texts = new Map<number, OpenText | undefined>();
const counters = new Map<string, Promise<TokenCounter>>();
const vectorsFor = new Map<number, (vectors: Float32Array[] | undefined) => void>();

const say = (reply: ChunkingReply): void => parentPort?.postMessage(reply);

/** Says which text is worked on, so that the right one is given up if this takes too long or ends the thread. */
function takeInHand(id: number): void {
  Atomics.store(state, IN_HAND, id);
  Atomics.add(state, BEGUN, 1);
}

const putDown = (): number => Atomics.store(state, IN_HAND, 0);

function counterOf({ key, module, data }: TokenCounterSource): Promise<TokenCounter> {
  const known = counters.get(key);
  if (known !== undefined) return known;
  const [oldest] = counters.keys();
  if (counters.size >= MOST_COUNTERS && oldest !== undefined) counters.delete(oldest);
  const opening = import(module).then((counted: TokenCounters) => counted.openTokenCounter(data));
  counters.set(key, opening);
  opening.catch(() => counters.delete(key));
  return opening;
}

/** While the vectors are made elsewhere, other texts have their turn. */
const embedderOf = (id: number) => async (wanted: string[]) => {
  putDown();
  say({ id, kind: 'embed', texts: wanted });
  const vectors = await new Promise<Float32Array[] | undefined>((resolve) => vectorsFor.set(id, resolve));
  takeInHand(id);
  if (vectors === undefined) throw new Error('There are no vectors');
  return vectors;
};

async function begin(id: number, work: ChunkWork): Promise<ChunkingAnswer> {
  texts.set(id, undefined);
  const counter = await counterOf(work.counter);
  takeInHand(id);
  const text = new OpenText(work, counter, embedderOf(id));
  if (texts.has(id)) texts.set(id, text);
  return await text.next();
}

async function next(id: number): Promise<ChunkingAnswer> {
  takeInHand(id);
  return await (texts.get(id) as OpenText).next();
}

/** Other texts have their turn, and whoever wants this one no more can say so. */
const restOf = (id: number) => async () => {
  putDown();
  await setImmediate();
  if (!texts.has(id)) throw new Error('Nobody wants this text any more');
  takeInHand(id);
};

async function preview(id: number, { parsed: given, plans, counter: source, limit }: PreviewWork): Promise<ChunkingAnswer> {
  texts.set(id, undefined);
  const counter = await counterOf(source);
  takeInHand(id);
  const parsed = parsedOf(given);
  const tools = { tokeniser: tokeniserByWord((word) => counter.countWord(word)), embed: embedderOf(id) };
  const previews = await compareChunkings(parsed, plans, { tools, limit, rest: restOf(id) });
  return { kind: 'preview', preview: { recommendation: recommendChunking(parsed), previews } };
}

async function extracted(id: number, { text, keywords }: ExtractWork): Promise<ChunkingAnswer> {
  texts.set(id, undefined);
  const { openKeywordCounter } = (await import(keywords)) as KeywordCounters;
  takeInHand(id);
  return { kind: 'extracted', extracted: await extract(text, { counter: openKeywordCounter(), rest: restOf(id) }) };
}

async function answer(id: number, work: () => Promise<ChunkingAnswer>): Promise<void> {
  try {
    say({ id, ...(await work()) });
  } catch (error) {
    texts.delete(id);
    say({ id, ...failureOf(error) });
  } finally {
    putDown();
  }
}

function failureOf(error: unknown): ThreadFailure {
  if (error instanceof PermanentJobError || error instanceof CairnError) return { kind: 'refused', code: error.code, message: error.message };
  return { kind: 'failed', message: (error as Error).message };
}

function close(id: number): void {
  texts.delete(id);
  settle(id, undefined);
}

function settle(id: number, vectors: Float32Array[] | undefined): void {
  vectorsFor.get(id)?.(vectors);
  vectorsFor.delete(id);
}

parentPort?.on('message', (request: ChunkingRequest) => {
  const { id } = request;
  if (request.kind === 'begin') void answer(id, () => begin(id, request.work));
  else if (request.kind === 'next') void answer(id, () => next(id));
  else if (request.kind === 'preview') void answer(id, () => preview(id, request.work));
  else if (request.kind === 'extract') void answer(id, () => extracted(id, request.work));
  else if (request.kind === 'close') close(id);
  else settle(id, request.kind === 'vectors' ? request.vectors : undefined);
});
