import { CairnError, type FieldError } from '@cairn/common/contracts';
import { brokenRules } from '../../broken-rules.js';
import type { ChunkSizeOptions, OptionDocs } from './chunk-size.options.js';

export interface OptionsClass<T extends ChunkSizeOptions> {
  type: new () => T;
  docs: OptionDocs<T>;
}

function refuse(errors: FieldError[]): never {
  throw new CairnError('invalid_input', errors.map(({ message }) => message).join('; '), { errors });
}

function unknownFields(given: object, docs: object): FieldError[] {
  const known = Object.keys(docs);
  return Object.keys(given)
    .filter((path) => !known.includes(path))
    .map((path) => ({ path, message: `${path.slice(0, 100).toWellFormed()} is no option of this chunker; known are ${known.join(', ')}` }));
}

// Overlap of more than half would store a text three times and more, and close to all of it without end.
function largeOverlap({ chunk_size, chunk_overlap }: ChunkSizeOptions): FieldError[] {
  if (chunk_overlap * 2 <= chunk_size) return [];
  return [{ path: 'chunk_overlap', message: `chunk_overlap must be at most half of chunk_size (${Math.floor(chunk_size / 2)}), it is ${chunk_overlap}` }];
}

// 200 of 1,000 by default; whoever asks for smaller chunks only does not ask for an overlap that is too large for them.
const USUAL_OVERLAP = 0.2;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** The options of a chunker, with its defaults for what is missing or null. A CairnError names each field that is wrong. */
export function readOptions<T extends ChunkSizeOptions>({ type, docs }: OptionsClass<T>, given: unknown): T {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return refuse([{ path: 'chunking_config', message: 'chunking_config must be an object' }]);
  const unknown = unknownFields(given, docs);
  if (unknown.length > 0) return refuse(unknown);
  const options = new type();
  for (const [field, value] of Object.entries(given)) if (isGiven(value)) Reflect.set(options, field, value);
  const broken = brokenRules(options);
  if (broken.length > 0) return refuse(broken);
  if (!isGiven(Reflect.get(given, 'chunk_overlap'))) options.chunk_overlap = Math.floor(options.chunk_size * USUAL_OVERLAP);
  const large = largeOverlap(options);
  return large.length > 0 ? refuse(large) : options;
}
