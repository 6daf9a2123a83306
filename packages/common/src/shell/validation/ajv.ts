import { Ajv2020, type AnySchemaObject, type Options } from 'ajv/dist/2020.js';
import { isISO8601, isRFC3339 } from 'class-validator';
import { flawOfText } from './text-flaw.js';
import { hasAtLeast, hasAtMost } from './text-length.js';
import { fitsUtf8, flawOfStorable, STORABLE_KEYWORD, UTF8_BYTES_KEYWORD, WELL_FORMED_KEYWORD } from './text-rules.js';

function matcherOf(source: string, flags = ''): (text: string) => boolean {
  const pattern = new RegExp(source, flags);
  return (text) => pattern.test(text);
}

/** ajv that counts characters, matches patterns and knows dates exactly as class-validator does. */
export function createAjv(options: Options): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, ...options });
  for (const keyword of ['minLength', 'maxLength', 'pattern']) ajv.removeKeyword(keyword);
  ajv.addKeyword({ keyword: 'minLength', type: 'string', validate: (min: number, text: string) => hasAtLeast(text, min) });
  ajv.addKeyword({ keyword: 'maxLength', type: 'string', validate: (max: number, text: string) => hasAtMost(text, max) });
  ajv.addKeyword({
    keyword: 'pattern',
    type: 'string',
    compile: (source: string, parent: AnySchemaObject) => matcherOf(source, parent['x-pattern-flags']),
  });
  ajv.addKeyword({ keyword: WELL_FORMED_KEYWORD, type: 'string', validate: (_on: boolean, text: string) => flawOfText(text) === undefined });
  ajv.addKeyword({ keyword: UTF8_BYTES_KEYWORD, type: 'string', validate: (max: number, text: string) => fitsUtf8(text, max) });
  ajv.addKeyword({ keyword: STORABLE_KEYWORD, type: 'object', validate: (max: number, value: object) => flawOfStorable(value, max) === undefined });
  ajv.addKeyword({ keyword: 'x-iso8601', type: 'string', validate: (rule: object, text: string) => isISO8601(text, rule) });
  ajv.addKeyword({ keyword: 'x-rfc3339', type: 'string', validate: (_on: boolean, text: string) => isRFC3339(text) });
  ajv.addVocabulary(['x-messages', 'x-pattern-flags']);
  return ajv;
}
