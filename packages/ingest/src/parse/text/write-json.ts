import type { ParseLimits } from '../parse-limits.js';
import { tooDeep } from '../parse-refused.js';
import type { TextWriter } from './text-writer.js';

/** All but strings, whose end is looked for without a pattern: one may have 10 MB. */
const TOKEN = /[\s]*([{}[\],:"]|[^\s{}[\],:"]+)/y;

interface Level {
  isObject: boolean;
  /** The keys that lead here. */
  path: string;
  /** With the key whose value comes next. */
  next: string;
}

/**
 * Every value of a JSON document on a line of its own, behind the keys that lead to it: `user.name: Ada`. Numbers stand as in the file and keep
 * their digits. The document is known to be valid. Without recursion: one may be nothing but brackets.
 */
export function writeJson(writer: TextWriter, json: string, { maxDepth }: Pick<ParseLimits, 'maxDepth'>): void {
  const levels: Level[] = [];
  let isKey = false;
  for (const token of tokensOf(json)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') {
      if (levels.length === maxDepth) throw tooDeep(maxDepth);
      const path = level?.next ?? '';
      levels.push({ isObject: token === '{', path, next: path });
      isKey = token === '{';
    } else if (token === '}' || token === ']') levels.pop();
    else if (token === ',') isKey = level?.isObject === true;
    else if (token !== ':') {
      const value = token.startsWith('"') ? String(JSON.parse(token)) : token;
      if (isKey && level !== undefined) level.next = level.path === '' ? value : `${level.path}.${value}`;
      else writeValue(writer, level?.next ?? '', value);
      isKey = false;
    }
  }
}

function writeValue(writer: TextWriter, path: string, value: string): void {
  if (value === '' || value === 'null') return;
  writer.newLine();
  writer.write(path === '' ? value : `${path}: ${value}`);
}

function* tokensOf(json: string): Generator<string> {
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(json)?.[1];
    if (token === undefined) return;
    at = TOKEN.lastIndex;
    if (token === '"') {
      const end = endOfString(json, at);
      yield json.slice(at - 1, end);
      at = end;
    } else yield token;
  }
}

/** Behind the quotation mark that ends a string which begins at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = start; ; at++) {
    const unit = json.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    if (unit === 0x5c) at++;
    // Valid JSON never gets here.
    if (Number.isNaN(unit)) return json.length;
  }
}
