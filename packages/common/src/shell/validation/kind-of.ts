/** The types of JSON in words for people. */
export const TYPE_WORDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

/** What a value of a request is, in words for people; texts are never repeated. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  if (typeof value === 'boolean') return String(value);
  return TYPE_WORDS[Array.isArray(value) ? 'array' : typeof value] ?? 'something else';
}
