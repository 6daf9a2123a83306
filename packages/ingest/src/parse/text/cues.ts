/** What is said from one second to another. */
export interface Cue {
  from: number;
  to: number;
  text: string;
}

const TIMES = /^\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})\s*-->\s*((?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3})(?:\s.*)?$/;
const LONGEST_TIMES = 200;

/** The cues of SRT and WebVTT: a line of times, then lines of words up to an empty one. All else (numbers, notes, styles) is left out. */
export function cuesOf(text: string): Cue[] {
  const cues: { from: number; to: number; lines: string[] }[] = [];
  let isInCue = false;
  for (const line of text.split('\n')) {
    const times = line.length > LONGEST_TIMES ? null : TIMES.exec(line);
    if (times !== null) cues.push({ from: seconds(times[1] as string), to: seconds(times[2] as string), lines: [] });
    else if (isInCue && line.trim() !== '') cues.at(-1)?.lines.push(line.trim());
    isInCue = times !== null || (isInCue && line.trim() !== '');
  }
  return cues.map(({ from, to, lines }) => ({ from, to, text: wordsOf(lines) })).filter(({ text: words }) => words !== '');
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
