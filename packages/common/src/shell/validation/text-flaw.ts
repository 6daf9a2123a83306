/** Says what Postgres and UTF-8 cannot carry, and where; undefined for a good text. */
export function flawOfText(text: string): string | undefined {
  const nul = text.indexOf('\0');
  if (nul >= 0) return `has a NUL character (U+0000) at position ${nul}; remove it`;
  if (text.isWellFormed()) return undefined;
  return `has half a surrogate pair at position ${placeOfLoneSurrogate(text)}, which is not valid Unicode; remove it`;
}

/** Says why a number would not be kept as it was written; undefined where it is. */
function flawOfNumber(number: number): string | undefined {
  if (!Number.isFinite(number)) return 'is larger than any number that can be kept; send it as a text';
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return 'is a whole number beyond 2^53, which JSON does not carry exactly; send it as a text';
  return undefined;
}

/** Far less than what overflows a stack, ours or that of Postgres. */
export const MOST_DEPTH = 200;

export interface Flaw {
  path: string;
  message: string;
}

/** The first place in what JSON gave that Postgres, or those on the way to it, cannot take. */
export function flawInside(value: unknown, path = '', depth = 0): Flaw | undefined {
  if (depth > MOST_DEPTH) return { path, message: `is nested more than ${MOST_DEPTH} deep` };
  if (typeof value === 'string') return flawAt(path, flawOfText(value));
  if (typeof value === 'number') return flawAt(path, flawOfNumber(value));
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : [path, key].filter(Boolean).join('.');
    const flaw = flawAt(path, key === '__proto__' ? 'has a field __proto__, which cannot be kept' : flawOfText(key)) ?? flawInside(inner, place, depth + 1);
    if (flaw) return flaw;
  }
  return undefined;
}

/** Quick also for large values, and at no depth a strain for the stack. */
export function isTooDeep(value: unknown): boolean {
  let level = typeof value === 'object' && value !== null ? [value] : [];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MOST_DEPTH) return true;
    const next: object[] = [];
    for (const each of level) for (const inner of Object.values(each)) if (typeof inner === 'object' && inner !== null) next.push(inner);
    level = next;
  }
  return false;
}

const flawAt = (path: string, message: string | undefined): Flaw | undefined => (message === undefined ? undefined : { path, message });

function placeOfLoneSurrogate(text: string): number {
  let place = 0;
  for (const character of text) {
    if (!character.isWellFormed()) return place;
    place += character.length;
  }
  return -1;
}
