import { isInsidePair } from '../chunk/characters.js';

export interface Place {
  title?: string | undefined;
  headingPath?: readonly string[] | undefined;
}

export interface ContextLimits {
  /** How many tokens a text has. */
  count(text: string): number;
  mostTokens: number;
}

// Headings are as short as that already; a title is what somebody sent.
const LONGEST_TITLE = 1_000;
const BETWEEN_HEADINGS = ' › ';
// Of the room, where headings follow: a long title must not take the place of what is nearer to the text.
const TITLE_SHARE = 0.5;

/**
 * What stands in front of each window of a chunk: the title on a line, and the headings on another, the highest first. Where both are too long,
 * the title is cut to half of the room, the highest headings are left out first, and the last one is cut. Empty where there is neither.
 */
export function contextOf({ title = '', headingPath = [] }: Place, limits: ContextLimits): string {
  const path = headingPath.map(oneLine).filter((heading) => heading !== '');
  const given = oneLine(title.slice(0, LONGEST_TITLE).toWellFormed());
  const name = given === path[0] ? '' : given;
  const whole = joined(name, path);
  if (limits.count(whole) <= limits.mostTokens) return whole;
  if (path.length === 0) return beginningOf(name, limits);
  const short = beginningOf(name, { ...limits, mostTokens: Math.floor(limits.mostTokens * TITLE_SHARE) });
  const from = path.findIndex((_, at) => limits.count(joined(short, path.slice(at))) <= limits.mostTokens);
  return from === -1 ? beginningOf(joined(short, path.slice(-1)), limits) : joined(short, path.slice(from));
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const joined = (title: string, path: readonly string[]): string => [title, path.join(BETWEEN_HEADINGS)].filter((line) => line !== '').join('\n');

/** As much of the beginning as fits, by halving what is in question. */
function beginningOf(text: string, { count, mostTokens }: ContextLimits): string {
  if (count(text) <= mostTokens) return text;
  let [fits, isTooLong] = [0, text.length];
  while (isTooLong - fits > 1) {
    const middle = (fits + isTooLong) >>> 1;
    if (count(text.slice(0, middle)) <= mostTokens) fits = middle;
    else isTooLong = middle;
  }
  return text.slice(0, isInsidePair(text, fits) ? fits - 1 : fits).trim();
}
