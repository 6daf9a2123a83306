import { PermanentJobError } from '@cairn/common/contracts';
import type { ChildAnswer } from './answer-parent.js';

// A file with as many headings, cues and pages as are allowed has half a million.
const MOST_VALUES = 2_000_000;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACE = 0x7b;

/** The answer; a refusal is thrown as the child threw it. */
export function answeredBy(said: ChildAnswer): unknown {
  if ('refusal' in said) throw new PermanentJobError(String(said.refusal?.code), String(said.refusal?.message));
  return said.answer;
}

/** What a child said, which may have been taken over by a hostile file; undefined where it is no answer. */
export function readAnswer(json: Buffer): ChildAnswer | undefined {
  if (!hasFewValues(json)) return undefined;
  try {
    const said: unknown = JSON.parse(json.toString());
    return typeof said === 'object' && said !== null ? (said as ChildAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** Long texts cost what they are long, but a value costs 20 times what is said of it: 100 MB of `{},` would be 2 GB here. */
function hasFewValues(json: Buffer): boolean {
  let values = 0;
  for (let at = 0; at < json.length && values <= MOST_VALUES; at++) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) values++;
  }
  return values <= MOST_VALUES;
}

/** Where the string that begins here has its other quote. */
function endOfString(json: Buffer, start: number): number {
  let end = start;
  let backslashes = 0;
  do {
    end = json.indexOf(QUOTE, end + 1);
    if (end === -1) return json.length;
    backslashes = 0;
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes++;
  } while (backslashes % 2 === 1);
  return end;
}
