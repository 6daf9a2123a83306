import type { DtoClass, JsonSchema } from '../validation/json-schema.js';
import { schemaOf } from '../validation/schema-of.js';

/** The schemas of the classes an API description refers to, each once and by the name of its class. */
export class SchemaComponents {
  private readonly classes = new Map<string, DtoClass>();
  private readonly closed = new Set<DtoClass>();
  private readonly schemas = new Map<string, JsonSchema>();

  add(name: string, schema: JsonSchema): void {
    this.schemas.set(name, schema);
  }

  /** A reference to the schema of a class, which is added when it is new. */
  refer = (type: DtoClass): JsonSchema => this.named(type, false);

  /** The same for a class that takes no other fields than its own, nor do those within it. */
  referClosed = (type: DtoClass): JsonSchema => this.named(type, true);

  /** The schema of a class itself, with references to its nested classes. */
  inline(type: DtoClass): JsonSchema {
    return published(schemaOf(type, { nulls: false, refer: this.refer }));
  }

  sorted(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  private named(type: DtoClass, closed: boolean): JsonSchema {
    const known = this.classes.get(type.name);
    if (known && known !== type) throw new Error(`two DTO classes are called ${type.name}; rename one, the API description needs distinct names`);
    if (known && this.closed.has(type) !== closed)
      throw new Error(`${type.name} is taken with unknown fields by one route and refused with them by another; derive a class for one of them`);
    if (!known) this.describe(type, closed);
    return { $ref: `#/components/schemas/${type.name}` };
  }

  private describe(type: DtoClass, closed: boolean): void {
    this.classes.set(type.name, type);
    if (closed) this.closed.add(type);
    const schema = closed ? published(schemaOf(type, { nulls: false, closed, refer: this.referClosed })) : this.inline(type);
    this.schemas.set(type.name, schema);
  }
}

/** Without what only our validator needs. */
function published(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema, (key, value) => (key === 'x-messages' ? undefined : value)));
}
