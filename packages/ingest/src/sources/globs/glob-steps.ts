import { endOfClass } from './expand-braces.js';

/**
 * What a glob without braces asks of a path, one step after the other:
 * `one` takes a character, `any` as many as there are but no slash, `all` everything, `folders` no or some whole folders.
 */
export type GlobStep = { kind: 'one'; takes: (character: string) => boolean } | { kind: 'any' | 'all' | 'folders' };

const FOLDERS = '**/';

export function* globSteps(glob: string): Generator<GlobStep> {
  let at = 0;
  while (at < glob.length) {
    const startsName = at === 0 || glob[at - 1] === '/';
    if (startsName && glob.startsWith(FOLDERS, at)) {
      while (glob.startsWith(FOLDERS, at)) at += FOLDERS.length;
      yield { kind: 'folders' };
    } else if (startsName && glob.slice(at) === '**') {
      at = glob.length;
      yield { kind: 'all' };
    } else if (glob[at] === '*') {
      while (glob[at] === '*') at++;
      yield { kind: 'any' };
    } else {
      const { takes, end } = readOne(glob, at);
      at = end;
      yield { kind: 'one', takes };
    }
  }
}

interface One {
  takes: (character: string) => boolean;
  end: number;
}

function readOne(glob: string, at: number): One {
  if (glob[at] === '?') return { takes: (character) => character !== '/', end: at + 1 };
  if (glob[at] === '[') return readClass(glob, at);
  const from = glob[at] === '\\' && at + 1 < glob.length ? at + 1 : at;
  const wanted = characterAt(glob, from);
  return { takes: (character) => character === wanted, end: from + wanted.length };
}

const characterAt = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) as number);

function readClass(glob: string, start: number): One {
  const end = endOfClass(glob, start);
  const isNegated = glob[start + 1] === '!' || glob[start + 1] === '^';
  const ranges = rangesOf(glob.slice(start + (isNegated ? 2 : 1), end - 1));
  const isIn = (code: number) => ranges.some(([low, high]) => low <= code && code <= high);
  return { takes: (character) => character !== '/' && isIn(character.codePointAt(0) as number) !== isNegated, end };
}

function rangesOf(inside: string): [low: number, high: number][] {
  const characters = [...inside.matchAll(/\\?(.)/gsu)].map(([written, character]) => ({
    code: character?.codePointAt(0) as number,
    isEscaped: written[0] === '\\',
  }));
  const ranges: [number, number][] = [];
  for (let at = 0; at < characters.length; at++) {
    const low = characters[at]?.code as number;
    const dash = characters[at + 1];
    const high = characters[at + 2]?.code;
    const isRange = dash?.code === 0x2d && !dash.isEscaped && high !== undefined;
    ranges.push([low, isRange ? high : low]);
    if (isRange) at += 2;
  }
  return ranges;
}
