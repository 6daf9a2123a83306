import type { Encoding, PairEncoding } from '../tokenizer/encoding.js';
import type { RunRows } from './thread-messages.js';

/** An image as a model sees it. It has no tokens: images of one model are of one size, and any of them may share a run. */
export interface Picture {
  pixels: Float32Array;
  tokens: 0;
  readTokens: 0;
}

/** What a model makes one vector or score of. */
export type Row = Encoding | PairEncoding | Picture;

/** The rows of one run in memory of their own, which can be given away. Those of a run are all of one kind. */
export function packRows(rows: readonly Row[]): RunRows {
  const pictures = rows.filter((row) => 'pixels' in row);
  if (pictures.length > 0) return { pixels: joinedFloats(pictures), count: pictures.length };
  const texts = rows.filter((row) => 'ids' in row);
  const arePairs = texts.some((text) => 'types' in text);
  return {
    ids: joined(texts.map(({ ids }) => ids)),
    lengths: Int32Array.from(texts, ({ ids }) => ids.length),
    types: arePairs ? joined(texts.map((text) => ('types' in text ? text.types : new Int32Array(text.ids.length)))) : undefined,
  };
}

function joined(parts: Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function joinedFloats(pictures: Picture[]): Float32Array {
  const [first] = pictures as [Picture];
  const whole = new Float32Array(pictures.length * first.pixels.length);
  for (const [at, { pixels }] of pictures.entries()) whole.set(pixels, at * first.pixels.length);
  return whole;
}
