import { byteTokens } from './byte-tokens.js';
import { PairTable } from './pair-table.js';
import { SmallestFirst } from './smallest-first.js';
import { type ModelPart, unsupported } from './tokenizer-json.js';

type Merge = string | [string, string];

const END = -1;
// A merge's rank and its place in one number: ranks first, then from left to right.
const PLACES = 2 ** 32;

/** A word on its way from characters to tokens: a list whose neighbours become one. */
interface Row {
  ids: Int32Array;
  before: Int32Array;
  after: Int32Array;
}

function makeRow(ids: readonly number[]): Row {
  return {
    ids: Int32Array.from(ids),
    before: Int32Array.from(ids, (_, i) => i - 1),
    after: Int32Array.from(ids, (_, i) => (i + 1 < ids.length ? i + 1 : END)),
  };
}

function checkModel(model: ModelPart): void {
  if (model.dropout) throw unsupported('a BPE model that drops merges at random');
  if (model.continuing_subword_prefix) throw unsupported('a BPE model with a continuing_subword_prefix');
  if (!Array.isArray(model.merges)) throw new Error('tokenizer.json: the BPE model has no merges');
}

/** Joins the characters of a word pair by pair, in the order that the model learnt. */
export class BytePair {
  private readonly vocab: ReadonlyMap<string, number>;
  private readonly ranks = new PairTable();
  private readonly joined: Int32Array;
  private readonly unknown: number | undefined;
  private readonly bytes: readonly number[] | undefined;

  constructor(private readonly model: ModelPart) {
    checkModel(model);
    const merges = model.merges as Merge[];
    this.vocab = new Map(Object.entries(model.vocab as Record<string, number>));
    this.joined = new Int32Array(merges.length);
    this.unknown = this.vocab.get(model.unk_token ?? '');
    this.bytes = model.byte_fallback === true ? byteTokens((token) => this.vocab.get(token)) : undefined;
    merges.forEach((merge, rank) => {
      this.learn(merge, rank);
    });
  }

  idsOf(word: string): readonly number[] {
    const whole = this.model.ignore_merges === true ? this.vocab.get(word) : undefined;
    if (whole !== undefined) return [whole];
    const row = makeRow(this.charactersOf(word));
    this.join(row);
    const ids: number[] = [];
    for (let at = row.ids.length > 0 ? 0 : END; at !== END; at = row.after[at] as number) ids.push(row.ids[at] as number);
    return ids;
  }

  private learn(merge: Merge, rank: number): void {
    const [left = '', right = ''] = typeof merge === 'string' ? merge.split(' ') : merge;
    const [leftId, rightId, joined] = [this.vocab.get(left), this.vocab.get(right), this.vocab.get(left + right)];
    // A merge of a special token, which no text can spell.
    if (leftId === undefined || rightId === undefined || joined === undefined) return;
    this.ranks.set(leftId, rightId, rank);
    this.joined[rank] = joined;
  }

  private charactersOf(word: string): number[] {
    const characters = Array.from(word);
    if (characters.length > 0) characters[characters.length - 1] += (this.model.end_of_word_suffix ?? '') as string;
    const ids: number[] = [];
    let isAfterUnknown = false;
    for (const character of characters) {
      const id = this.vocab.get(character);
      if (id !== undefined) ids.push(id);
      else if (this.bytes !== undefined) for (const byte of Buffer.from(character)) ids.push(this.bytes[byte] as number);
      else if (this.unknown !== undefined && !(isAfterUnknown && this.model.fuse_unk === true)) ids.push(this.unknown);
      isAfterUnknown = id === undefined;
    }
    return ids;
  }

  private join(row: Row): void {
    const { ids, before, after } = row;
    const waiting = new SmallestFirst();
    for (let at = 0; at < ids.length; at++) this.await(row, at, waiting);
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [rank, at] = [Math.floor(next / PLACES), next % PLACES];
      // The pair that was here may have become part of another since.
      if (this.rankAt(row, at) !== rank) continue;
      const gone = after[at] as number;
      const follower = after[gone] as number;
      ids[at] = this.joined[rank] as number;
      ids[gone] = END;
      after[at] = follower;
      if (follower !== END) before[follower] = at;
      this.await(row, before[at] as number, waiting);
      this.await(row, at, waiting);
    }
  }

  private await(row: Row, at: number, waiting: SmallestFirst): void {
    const rank = this.rankAt(row, at);
    if (rank !== undefined) waiting.push(rank * PLACES + at);
  }

  private rankAt({ ids, after }: Row, at: number): number | undefined {
    if (at === END || ids[at] === END || after[at] === END) return undefined;
    return this.ranks.get(ids[at] as number, ids[after[at] as number] as number);
  }
}
