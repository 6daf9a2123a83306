import { continuesWord, isMark, isUnspaced, sizeOf, startsWord } from './characters.js';

/** Letters of a script without spaces, each with its marks. */
export interface Run {
  kind: 'run';
  letters: string[];
}

/** Words joined by the characters that codes, addresses and paths are made of. An ordinary word is a chunk of one segment. */
export interface Chunk {
  kind: 'chunk';
  text: string;
  segments: string[];
  /** What stands between two segments: one less than there are segments. */
  joints: string[];
}

const JOINT = /:\/\/|::|:\\|\/[?#~@.]|[-._/\\:?&=#@~%+']/y;
// C++, g++, C#, F#
const SUFFIX = /(?<=[a-z])\+\+|(?<=^[a-z]|[^a-z][a-z])#/iy;

function stickyMatch(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const codePoint = text.codePointAt(at) as number;
    if (!continuesWord(codePoint)) return at;
    at += sizeOf(codePoint);
  }
  return at;
}

function wordStartsAt(text: string, at: number): boolean {
  const codePoint = text.codePointAt(at);
  return codePoint !== undefined && startsWord(codePoint);
}

function readChunk(text: string, start: number): Chunk {
  const chunk: Chunk = { kind: 'chunk', text: '', segments: [], joints: [] };
  let end = start;
  for (let at = start; ; ) {
    end = endOfWord(text, at);
    chunk.segments.push(text.slice(at, end));
    const joint = stickyMatch(JOINT, text, end);
    if (joint === '' || !wordStartsAt(text, end + joint.length)) break;
    chunk.joints.push(joint);
    at = end + joint.length;
  }
  const suffix = stickyMatch(SUFFIX, text, end);
  const suffixEnds = !wordStartsAt(text, end + suffix.length);
  chunk.text = text.slice(start, suffixEnds ? end + suffix.length : end);
  return chunk;
}

function endOfLetter(text: string, start: number): number {
  let at = start + sizeOf(text.codePointAt(start) as number);
  while (at < text.length && isMark(text.codePointAt(at) as number)) at += sizeOf(text.codePointAt(at) as number);
  return at;
}

function readRun(text: string, start: number): { run: Run; end: number } {
  const letters: string[] = [];
  let at = start;
  while (at < text.length && isUnspaced(text.codePointAt(at) as number)) {
    const end = endOfLetter(text, at);
    letters.push(text.slice(at, end));
    at = end;
  }
  return { run: { kind: 'run', letters }, end: at };
}

/** The words, codes and unspaced runs of a clean text, in their order. Every character is looked at a constant number of times. */
export function* scan(text: string): Generator<Run | Chunk> {
  for (let at = 0; at < text.length; ) {
    const codePoint = text.codePointAt(at) as number;
    if (isUnspaced(codePoint)) {
      const { run, end } = readRun(text, at);
      yield run;
      at = end;
    } else if (startsWord(codePoint)) {
      const chunk = readChunk(text, at);
      yield chunk;
      at += chunk.text.length;
    } else at += sizeOf(codePoint);
  }
}
