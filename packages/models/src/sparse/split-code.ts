import type { Chunk } from './scan.js';

// What changes between letters and digits more often is a checksum or a key: its parts mean nothing.
const MOST_PIECES = 8;
const PROSE_JOINT = /^[-/']$/;
const NOT_ONLY_LETTERS = /[\0-@[-`{-\x7f]|\p{Nd}/u;
const BETWEEN_CASES = /(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
const BETWEEN_LETTER_AND_DIGIT = /(?<=\p{Nd})(?=\p{L})|(?<=\p{L})(?=\p{Nd})/u;
const LONELY_LETTER = /^\p{L}$/u;
const VERSION = /^v(?=\p{Nd})/iu;

/** Whether the chunk is one ordinary word. */
export const isWord = ({ text, segments }: Chunk) => text === segments[0] && !isMixed(text);

/** Whether the chunk is prose: ordinary words with hyphens, slashes or apostrophes between them. */
export const isProse = ({ segments, joints }: Chunk) => joints.length > 0 && joints.every((j) => PROSE_JOINT.test(j)) && !segments.some(isMixed);

const isMixed = (segment: string) => NOT_ONLY_LETTERS.test(segment) || BETWEEN_CASES.test(segment);

/** The segments between the joints that `isBorder` picks, with the other joints between them. */
function groupsOf({ segments, joints }: Chunk, isBorder: (joint: string) => boolean): string[] {
  const groups = [segments[0] as string];
  joints.forEach((joint, index) => {
    const segment = segments[index + 1] as string;
    if (isBorder(joint)) groups.push(segment);
    else groups[groups.length - 1] += joint + segment;
  });
  return groups;
}

function piecesOf(segment: string): string[] {
  const byCase = segment.split(BETWEEN_CASES);
  const byDigit = byCase.flatMap((piece) => piece.split(BETWEEN_LETTER_AND_DIGIT));
  if (byDigit.length > MOST_PIECES) return [];
  return [...byCase, ...byDigit.filter((piece) => !LONELY_LETTER.test(piece))];
}

function withoutScheme(chunk: Chunk): Chunk {
  const skip = chunk.joints[0] === '://' ? 1 : 0;
  const www = chunk.segments[skip]?.toLowerCase() === 'www' && chunk.joints[skip] === '.' ? 1 : 0;
  if (skip + www === 0) return chunk;
  const segments = chunk.segments.slice(skip + www);
  const joints = chunk.joints.slice(skip + www);
  return { kind: 'chunk', segments, joints, text: segments.map((segment, index) => segment + (joints[index] ?? '')).join('') };
}

/**
 * A code as a whole and its parts: of an address or a path what stands between slashes, then between dots, dashes and underscores, then words of
 * camelCase and what changes from letters to digits. Letter case is kept; the scheme of a URL and www are not.
 */
export function splitCode(chunk: Chunk): { whole: string; parts: string[] } {
  const code = withoutScheme(chunk);
  const groups = groupsOf(code, (joint) => !/^[-._']$/.test(joint));
  const version = code.text.replace(VERSION, '');
  const parts = new Set([...groups, ...code.segments, ...code.segments.flatMap(piecesOf), version]);
  parts.delete(code.text);
  return { whole: code.text, parts: [...parts] };
}
