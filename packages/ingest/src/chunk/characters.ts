const OTHER_SPACES = new Set([0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff]);

/** What `trim` takes away, by UTF-16 unit. */
export function isSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 32 || (unit >= 9 && unit <= 13);
  return OTHER_SPACES.has(unit) || (unit >= 0x2000 && unit <= 0x200a);
}

export const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** Whether a line ends with the unit at this place; the two of a CR LF count once, at the LF. */
export function endsLine(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit === CARRIAGE_RETURN) return text.charCodeAt(at + 1) !== LINE_FEED;
  return unit === LINE_FEED || unit === 0x2028 || unit === 0x2029 || unit === 0x85;
}

/** Whether a cut here would leave the two halves of a surrogate pair on different sides. */
export function isInsidePair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

/** The first place from `at` that is no white space; `end` when there is none. */
export function skipSpaces(text: string, at: number, end: number): number {
  let place = at;
  while (place < end && isSpace(text.charCodeAt(place))) place++;
  return place;
}

/** The end of what stands before `at` without the white space there; `start` when there is nothing else. */
export function dropSpaces(text: string, start: number, at: number): number {
  let place = at;
  while (place > start && isSpace(text.charCodeAt(place - 1))) place--;
  return place;
}
