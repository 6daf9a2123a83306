import { globSteps } from './glob-steps.js';

const WORD = 32;
// Names in most languages have fewer different characters; for more, a mask is made again each time.
const MOST_MASKS = 512;

type Bits = Uint32Array;

/** What is true of the states of a glob: one bit for each, in words of 32. */
class States {
  /** Step on when the character is one that they take. */
  readonly takers: { state: number; takes: (character: string) => boolean }[] = [];
  /** Stay, whatever comes. */
  readonly keepAll: number[] = [];
  /** Stay, unless a slash comes. */
  readonly keepNames: number[] = [];
  /** May be left without taking anything: to the next. */
  readonly optional: number[] = [];
  /** Before folders, where none need be. */
  readonly folders: number[] = [];
  count = 0;

  constructor(glob: string) {
    for (const step of globSteps(glob)) {
      const state = this.count++;
      if (step.kind === 'one') this.takers.push({ state, takes: step.takes });
      else if (step.kind === 'folders') this.addFolders(state);
      else (step.kind === 'all' ? this.keepAll : this.keepNames).push(state);
      if (step.kind === 'any' || step.kind === 'all') this.optional.push(state);
    }
  }

  // Two states: before the first folder, where all may be skipped, and within, which only a slash ends.
  private addFolders(state: number): void {
    this.folders.push(state);
    const within = this.count++;
    this.keepAll.push(within);
    this.takers.push({ state: within, takes: (character) => character === '/' });
  }
}

/**
 * One glob without braces. All ways in which it may match are followed at once, a bit for each, so that the time is the length of the path
 * times a few words, whatever the pattern: nothing is ever tried again.
 */
export class Glob {
  private readonly words: number;
  private readonly accept: number;
  private readonly takers: States['takers'];
  private readonly keepAll: Bits;
  private readonly keepAny: Bits;
  private readonly optional: Bits;
  private readonly folders: Bits;
  private readonly masks = new Map<string, Bits>();
  private now: Bits;
  private next: Bits;

  constructor(
    glob: string,
    private readonly foldersOnly: boolean,
  ) {
    const states = new States(glob);
    this.accept = states.count;
    this.words = Math.floor(this.accept / WORD) + 1;
    this.takers = states.takers;
    this.keepAll = this.bitsOf(states.keepAll);
    this.keepAny = this.bitsOf([...states.keepAll, ...states.keepNames]);
    this.optional = this.bitsOf(states.optional);
    this.folders = this.bitsOf(states.folders);
    this.now = this.bitsOf([]);
    this.next = this.bitsOf([]);
  }

  /** Whether the path, or a folder that it is in, is what the glob says. */
  matches(path: string, isFolder: boolean): boolean {
    this.now.fill(0);
    this.now[0] = 1;
    this.close(this.now);
    for (const character of path) {
      if (character === '/' && this.isAccepted()) return true;
      this.step(character);
    }
    return this.isAccepted() && (isFolder || !this.foldersOnly);
  }

  private isAccepted(): boolean {
    return ((this.now[this.accept >>> 5] as number) & (1 << (this.accept & 31))) !== 0;
  }

  private step(character: string): void {
    const takes = this.maskOf(character);
    const keeps = character === '/' ? this.keepAll : this.keepAny;
    const { now, next } = this;
    let carry = 0;
    for (let word = 0; word < this.words; word++) {
      const states = now[word] as number;
      const moved = states & (takes[word] as number);
      next[word] = (moved << 1) | carry | (states & (keeps[word] as number));
      carry = moved >>> 31;
    }
    this.close(next);
    this.now = next;
    this.next = now;
  }

  /** Adds the states that are reached without taking a character. Behind folders may be something optional, never the other way round. */
  private close(states: Bits): void {
    this.spread(states, this.folders, 2);
    this.spread(states, this.folders, 1);
    this.spread(states, this.optional, 1);
  }

  private spread(states: Bits, from: Bits, by: 1 | 2): void {
    let carry = 0;
    for (let word = 0; word < this.words; word++) {
      const moved = (states[word] as number) & (from[word] as number);
      states[word] = (states[word] as number) | (moved << by) | carry;
      carry = moved >>> (WORD - by);
    }
  }

  private maskOf(character: string): Bits {
    const known = this.masks.get(character);
    if (known !== undefined) return known;
    const mask = this.bitsOf(this.takers.flatMap(({ state, takes }) => (takes(character) ? [state] : [])));
    if (this.masks.size < MOST_MASKS) this.masks.set(character, mask);
    return mask;
  }

  private bitsOf(states: number[]): Bits {
    const bits = new Uint32Array(this.words);
    for (const state of states) bits[state >>> 5] = (bits[state >>> 5] as number) | (1 << (state & 31));
    return bits;
  }
}
