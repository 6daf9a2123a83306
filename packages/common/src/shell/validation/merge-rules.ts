import type { JsonSchema, JsonType } from './json-schema.js';
import type { Rule } from './rules.js';

function narrower(a: JsonType | undefined, b: JsonType | undefined): JsonType | undefined {
  if (a === undefined || a === b) return b ?? a;
  if (b === undefined) return a;
  const pair = new Set([a, b]);
  if (pair.has('integer') && pair.has('number')) return 'integer';
  throw new Error(`no value can be ${a} and ${b} at once`);
}

function addKeywords(schema: JsonSchema, keywords: JsonSchema): void {
  const clash = Object.keys(keywords).some((keyword) => keyword in schema && JSON.stringify(schema[keyword]) !== JSON.stringify(keywords[keyword]));
  if (clash) schema.allOf = [...((schema.allOf as JsonSchema[]) ?? []), keywords];
  else Object.assign(schema, keywords);
}

/** All rules of one value as one schema. */
export function mergeRules(rules: readonly Rule[]): JsonSchema {
  const keywords: JsonSchema = {};
  let type: JsonType | undefined;
  for (const rule of rules) {
    type = narrower(type, rule.type);
    addKeywords(keywords, rule.keywords ?? {});
  }
  return type === undefined ? keywords : { type, ...keywords };
}

/** The same schema, with null allowed: class-validator's IsOptional lets null pass. */
export function orNull(schema: JsonSchema): JsonSchema {
  const nullable: JsonSchema = { ...schema };
  if (typeof schema.type === 'string') nullable.type = [schema.type, 'null'];
  if (Array.isArray(schema.enum) && !schema.enum.includes(null)) nullable.enum = [...schema.enum, null];
  return nullable;
}
