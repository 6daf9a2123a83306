/** What is said, and from one second to another where that can be read. */
export interface Cue {
  time?: { from: number; to: number };
  text: string;
}

const TIMES = /^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})(?:\s.*)?$/;
const LONGEST_TIMES = 200;

// What is no speech in WebVTT.
const NOT_SAID = /^(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)/;
const NUMBER = /^\d+$/;

/**
 * The cues of SRT and WebVTT: a line of times, then lines of words up to an empty one. What stands in front of the times (numbers, names), notes and
 * styles are left out; lines whose times are missing or damaged are said at no time.
 */
export function cuesOf(text: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of blocksOf(text)) {
    const at = block.findIndex((line) => timeOf(line) !== undefined);
    if (at === -1) cues.push({ text: wordsOf(NOT_SAID.test(block[0] as string) ? [] : block.slice(NUMBER.test(block[0] as string) ? 1 : 0)) });
    else cues.push(...timedCues(block.slice(at)));
  }
  return cues.filter(({ text: words }) => words !== '');
}

/** Lines that follow each other without an empty one. */
function blocksOf(text: string): string[][] {
  const blocks: string[][] = [];
  let isEmpty = true;
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    if (line !== '' && isEmpty) blocks.push([]);
    isEmpty = line === '';
    if (!isEmpty) blocks.at(-1)?.push(line);
  }
  return blocks;
}

/** Of lines that begin with times. */
function timedCues(lines: string[]): Cue[] {
  const cues: { time: { from: number; to: number }; lines: string[] }[] = [];
  for (const line of lines) {
    const time = timeOf(line);
    if (time !== undefined) cues.push({ time, lines: [] });
    else cues.at(-1)?.lines.push(line);
  }
  return cues.map(({ time, lines: words }) => ({ time, text: wordsOf(words) }));
}

/** The earlier one first: some programs write them the wrong way round. */
function timeOf(line: string): { from: number; to: number } | undefined {
  const [, one, other] = (line.length <= LONGEST_TIMES && TIMES.exec(line)) || [];
  if (one === undefined || other === undefined) return undefined;
  const [from, to] = [seconds(one), seconds(other)];
  return from <= to ? { from, to } : { from: to, to: from };
}

function seconds(time: string): number {
  const [rest = '', fraction = '0'] = time.split(/[.,]/);
  const whole = rest.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return whole + Number(`0.${fraction}`);
}

/** `<v Ada>` says who speaks; other tags, and positions in braces, say how it looks. */
function wordsOf(lines: string[]): string {
  const spoken = lines.join(' ').replaceAll(/<v(?:\.[^\s>]*)?\s+([^<>]{1,200})>/g, '$1: ');
  const plain = spoken.replaceAll(/<[^<>]{0,200}>|\{\\[^{}]{0,200}\}/g, '');
  return plain.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&nbsp;', ' ').replaceAll('&amp;', '&').replaceAll(/ {2,}/g, ' ').trim();
}
