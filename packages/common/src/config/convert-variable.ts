const YES = new Set(['true', '1', 'yes', 'on']);
const NO = new Set(['false', '0', 'no', 'off']);

/** A value that is not what its property needs; the validation of the class is not asked about it. */
export class UnconvertibleVariable extends Error {}

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new UnconvertibleVariable('must be a number');
  return value;
}

function toBoolean(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (YES.has(word)) return true;
  if (NO.has(word)) return false;
  throw new UnconvertibleVariable('must be true or false');
}

function toList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The text of a variable as the type of its property: number, boolean, comma-separated list or text. */
export function convertVariable(text: string, type: unknown): string | number | boolean | string[] {
  if (type === Number) return toNumber(text);
  if (type === Boolean) return toBoolean(text);
  if (type === Array) return toList(text);
  return text;
}
