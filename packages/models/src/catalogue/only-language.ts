import type { Named } from './model.js';

const ENGLISH: ReadonlySet<string> = new Set([
  'all-MiniLM-L6-v2',
  'bge-small-en-v1.5',
  'bge-large-en-v1.5',
  'nomic-embed-text-v1.5',
  'gte-small',
  'all-mpnet-base-v2',
]);

/** The one language that the model was trained on; undefined where there are several, or nobody has said. */
export function onlyLanguageOf({ id }: Pick<Named, 'id'>): 'en' | undefined {
  return ENGLISH.has(id) ? 'en' : undefined;
}
