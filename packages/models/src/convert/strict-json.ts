import { ConversionRefusedError } from './conversion-refused.js';

/** Where the string that begins here ends. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipSpace(json: string, start: number): number {
  let at = start;
  while (' \t\n\r'.includes(json[at] ?? '-')) at++;
  return at;
}

/** The first name that an object of this valid JSON has twice. */
function repeatedName(json: string): string | undefined {
  const open: Set<string>[] = [];
  for (let at = 0; at < json.length; ) {
    const character = json[at];
    if (character === '{' || character === '[') open.push(new Set());
    if (character === '}' || character === ']') open.pop();
    if (character !== '"') {
      at++;
      continue;
    }
    const end = endOfString(json, at);
    const next = skipSpace(json, end);
    if (json[next] === ':') {
      const name = JSON.parse(json.slice(at, end)) as string;
      if (open.at(-1)?.has(name)) return name;
      open.at(-1)?.add(name);
    }
    at = next;
  }
  return undefined;
}

/** JSON in which no object has a name twice: readers differ in which of the two they take. `what` names the text in the error. */
export function parseStrictJson(json: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new ConversionRefusedError(`${what} is not valid JSON.`, { cause });
  }
  const repeated = repeatedName(json);
  if (repeated === undefined) return value;
  throw new ConversionRefusedError(`${what} has the name ${JSON.stringify(repeated)} twice.`);
}
