import { type Part, stepsOf, type TokenizerJson, unsupported } from './tokenizer-json.js';

/** A row of tokens as the model wants it: special tokens, and the places of the first and the second text. */
export type FrameItem = { kind: 'special'; ids: readonly number[]; type: number } | { kind: 'first' | 'second'; type: number };
export type Frame = readonly FrameItem[];

export interface Frames {
  single: Frame;
  pair: Frame;
}

type TemplateItem = { SpecialToken: { id: string; type_id: number } } | { Sequence: { id: 'A' | 'B'; type_id: number } };

const first = (type = 0): FrameItem => ({ kind: 'first', type });
const second = (type = 0): FrameItem => ({ kind: 'second', type });
const special = (ids: readonly number[], type = 0): FrameItem => ({ kind: 'special', ids, type });

const BARE: Frames = { single: [first()], pair: [first(), second(1)] };

function templateFrames(part: Part): Frames {
  const tokens = part.special_tokens as Record<string, { ids: number[] }>;
  const toItem = (item: TemplateItem): FrameItem => {
    if ('Sequence' in item) return item.Sequence.id === 'A' ? first(item.Sequence.type_id) : second(item.Sequence.type_id);
    const { id, type_id } = item.SpecialToken;
    if (tokens[id] === undefined) throw new Error(`tokenizer.json: the post-processor uses the token ${id} and does not say its id`);
    return special(tokens[id].ids, type_id);
  };
  return { single: (part.single as TemplateItem[]).map(toItem), pair: (part.pair as TemplateItem[]).map(toItem) };
}

function readEnds(part: Part): { start: number[]; end: number[] } {
  const [, start] = part.cls as [string, number];
  const [, end] = part.sep as [string, number];
  return { start: [start], end: [end] };
}

function bertFrames(part: Part): Frames {
  const { start, end } = readEnds(part);
  return { single: [special(start), first(), special(end)], pair: [special(start), first(), special(end), second(1), special(end, 1)] };
}

// Its pairs have two separators in the middle and one type throughout.
function robertaFrames(part: Part): Frames {
  const { start, end } = readEnds(part);
  return { single: [special(start), first(), special(end)], pair: [special(start), first(), special(end), special(end), second(), special(end)] };
}

function framesOf(part: Part): Frames {
  if (part.type === 'TemplateProcessing') return templateFrames(part);
  if (part.type === 'BertProcessing') return bertFrames(part);
  if (part.type === 'RobertaProcessing') return robertaFrames(part);
  throw unsupported(`the post-processor ${part.type}`);
}

/** Which special tokens go where. */
export function readFrames({ post_processor }: TokenizerJson): Frames {
  // This one only corrects offsets.
  const steps = stepsOf(post_processor, 'processors').filter(({ type }) => type !== 'ByteLevel');
  if (steps.length > 1) throw unsupported('a post-processor of several steps that add tokens');
  const [step] = steps;
  const frames = step === undefined ? BARE : framesOf(step);
  const count = (frame: Frame, kind: FrameItem['kind']) => frame.filter((item) => item.kind === kind).length;
  const places = [count(frames.single, 'first'), count(frames.single, 'second'), count(frames.pair, 'first'), count(frames.pair, 'second')];
  if (places.join() !== '1,0,1,1') throw unsupported('a post-processor that repeats or leaves out a text');
  return frames;
}

/** How many special tokens the frame adds. */
export function specialsIn(frame: Frame): number {
  return frame.reduce((sum, item) => sum + (item.kind === 'special' ? item.ids.length : 0), 0);
}
