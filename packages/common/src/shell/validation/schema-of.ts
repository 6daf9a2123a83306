import { getMetadataStorage } from 'class-validator';
import { docOf } from './doc.decorator.js';
import type { DtoClass, JsonSchema } from './json-schema.js';
import { mergeRules, orNull } from './merge-rules.js';
import { nestedClassOf } from './nested.decorator.js';
import { type Rule, ruleOf } from './rules.js';

type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

export interface SchemaOptions {
  /** Bodies accept null for an optional field, as class-validator does; query strings have no null. */
  nulls?: boolean;
  /** Refuse fields the class does not declare. */
  closed?: boolean;
  /** How a nested class appears; inline when absent. OpenAPI gives a `$ref`. */
  refer?: (type: DtoClass) => JsonSchema;
}

/** A field of a class, as far as requests are concerned. */
export interface DtoField {
  name: string;
  optional: boolean;
  isList: boolean;
  nested: DtoClass | undefined;
  metadatas: Metadata[];
}

const MESSAGES_KEYWORD = 'x-messages';

function groupByProperty(metadatas: Metadata[]): Map<string, Metadata[]> {
  const groups = new Map<string, Metadata[]>();
  for (const metadata of metadatas) groups.set(metadata.propertyName, [...(groups.get(metadata.propertyName) ?? []), metadata]);
  return groups;
}

function isConditional(metadata: Metadata): boolean {
  if (metadata.type !== 'conditionalValidation') return false;
  if (metadata.name !== 'isOptional') throw new Error('ValidateIf cannot be expressed; use IsOptional or two classes');
  return true;
}

function refuseUnsupported(metadata: Metadata): void {
  if ((metadata.groups?.length ?? 0) > 0 || metadata.validateIf) throw new Error('groups and validateIf are not supported');
}

function fieldOf(type: DtoClass, name: string, metadatas: Metadata[]): DtoField {
  metadatas.forEach(refuseUnsupported);
  const nested = nestedClassOf(type, name);
  if (!nested && metadatas.some((m) => m.type === 'nestedValidation')) throw new Error('ValidateNested does not say of which class; use Nested or Items');
  const rules = metadatas.filter((m) => m.type === 'customValidation');
  const isList = rules.some((m) => m.each || (m.name?.startsWith('isArray') ?? false));
  return { name, optional: rules.length === 0 || metadatas.some(isConditional), isList, nested, metadatas: rules };
}

/** The fields of a DTO class, in the order of their declaration. */
export function fieldsOf(type: DtoClass): DtoField[] {
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  if (metadatas.length === 0) throw new Error(`${type.name} has no class-validator decorators: it is not a DTO class`);
  return [...groupByProperty(metadatas)].map(([name, own]) => explainWhere(type, name, () => fieldOf(type, name, own)));
}

function explainWhere<T>(type: DtoClass, field: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Error(`${type.name}.${field}: ${(error as Error).message}`, { cause: error });
  }
}

function customMessages(metadatas: Metadata[], rules: Rule[]): JsonSchema {
  const entries = metadatas.flatMap((metadata, index) =>
    typeof metadata.message === 'string' ? Object.keys(rules[index]?.keywords ?? {}).map((keyword) => [keyword, metadata.message]) : [],
  );
  return entries.length > 0 ? { [MESSAGES_KEYWORD]: Object.fromEntries(entries) } : {};
}

function rulesSchema(metadatas: Metadata[]): JsonSchema {
  const rules = metadatas.map((metadata) => ruleOf(metadata.name, metadata.constraints ?? []));
  return { ...mergeRules(rules), ...customMessages(metadatas, rules) };
}

function itemsSchema(field: DtoField, options: SchemaOptions): JsonSchema | undefined {
  const each = field.metadatas.filter((metadata) => metadata.each);
  if (field.nested) return nestedSchema(field.nested, options);
  return each.length > 0 ? rulesSchema(each) : undefined;
}

function nestedSchema(type: DtoClass, options: SchemaOptions): JsonSchema {
  return options.refer ? options.refer(type) : schemaOf(type, options);
}

function fieldSchema(field: DtoField, options: SchemaOptions): JsonSchema {
  const own = rulesSchema(field.metadatas.filter((metadata) => !metadata.each));
  if (!field.isList) return field.nested ? nestedSchema(field.nested, options) : own;
  const items = itemsSchema(field, options);
  return { ...own, type: 'array', ...(items ? { items } : {}) };
}

function withNull(schema: JsonSchema): JsonSchema {
  return '$ref' in schema ? { anyOf: [schema, { type: 'null' }] } : orNull(schema);
}

function describedSchema(type: DtoClass, field: DtoField, options: SchemaOptions): JsonSchema {
  const schema = fieldSchema(field, options);
  const doc = docOf(type.prototype, field.name);
  const initial = Reflect.get(new type(), field.name);
  return {
    ...(field.optional && options.nulls ? withNull(schema) : schema),
    ...(doc ? { description: doc.description } : {}),
    ...(doc?.example === undefined ? {} : { examples: [doc.example] }),
    ...(initial === undefined ? {} : { default: initial }),
  };
}

/**
 * The class-validator rules of a class as JSON Schema 2020-12.
 * Throws for a decorator it cannot translate, naming class and field: no rule is silently dropped.
 */
export function schemaOf(type: DtoClass, options: SchemaOptions = { nulls: true }): JsonSchema {
  const fields = fieldsOf(type);
  const properties = Object.fromEntries(fields.map((field) => [field.name, explainWhere(type, field.name, () => describedSchema(type, field, options))]));
  const required = fields.filter((field) => !field.optional).map((field) => field.name);
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}), ...(options.closed ? { additionalProperties: false } : {}) };
}
