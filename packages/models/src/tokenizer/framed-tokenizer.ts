import type { Encoding, PairEncoding, Tokenizer, TokenSource } from './encoding.js';
import { type Frame, type Frames, specialsIn } from './frame.js';

interface Part {
  kept: number[];
  /** How many ids the whole text has. */
  count: number;
}

/** Puts a text's tokens between the special ones, and cuts what the model does not read. The special tokens are never cut. */
export class FramedTokenizer implements Tokenizer {
  private readonly singleRoom: number;
  private readonly pairRoom: number;

  constructor(
    private readonly source: TokenSource,
    private readonly frames: Frames,
    private readonly maxTokens: number,
  ) {
    this.singleRoom = maxTokens - specialsIn(frames.single);
    this.pairRoom = maxTokens - specialsIn(frames.pair);
    if (!(this.singleRoom > 0 && this.pairRoom > 0)) throw new Error(`There is no room for a text in ${maxTokens} tokens`);
  }

  /** Reads the whole text: what the model does not see is still counted. */
  encode(text: string): Encoding {
    const part = this.tokenise(text, this.singleRoom);
    const { ids } = layOut(this.frames.single, part.kept, []);
    return { ids, tokens: part.count + specialsIn(this.frames.single), readTokens: ids.length };
  }

  encodePair(first: string, second: string): PairEncoding {
    // A long first text must leave room for the second, and reads the same beside every second one.
    const a = this.tokenise(first, Math.min(this.pairRoom, Math.floor(this.maxTokens / 2)));
    const b = this.tokenise(second, this.pairRoom - a.kept.length);
    const row = layOut(this.frames.pair, a.kept, b.kept);
    return { ...row, tokens: a.count + b.count + specialsIn(this.frames.pair), readTokens: row.ids.length };
  }

  private tokenise(text: string, room: number): Part {
    const part: Part = { kept: [], count: 0 };
    this.source.tokenise(text, (ids) => {
      for (let i = 0; i < ids.length && part.kept.length < room; i++) part.kept.push(ids[i] as number);
      part.count += ids.length;
    });
    return part;
  }
}

function layOut(frame: Frame, first: readonly number[], second: readonly number[]): { ids: Int32Array; types: Int32Array } {
  const length = specialsIn(frame) + first.length + second.length;
  const [ids, types] = [new Int32Array(length), new Int32Array(length)];
  let at = 0;
  for (const item of frame) {
    const part = item.kind === 'special' ? item.ids : item.kind === 'first' ? first : second;
    ids.set(part, at);
    types.fill(item.type, at, at + part.length);
    at += part.length;
  }
  return { ids, types };
}
