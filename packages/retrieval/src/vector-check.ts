import { PermanentJobError, type SparseVector } from '@cairn/common/contracts';

// Qdrant stores a vector for cosine un-normalised when its squared length is below this, and every score of it is then wrong (measured on 1.16.3).
const SMALLEST_SQUARED_LENGTH = 1.1920929e-7;
// Above this the squared length is infinite in Qdrant's 32-bit arithmetic.
const LARGEST_SQUARED_LENGTH = 3.4028e38;

/** Throws unless Qdrant can index the vector for cosine: right length, finite, and neither too short nor too long to be normalised. */
export function assertIndexable(vector: Float32Array, dimension: number, what: string): void {
  if (vector.length !== dimension) throw badVector(`${what} has ${vector.length} numbers, its space has ${dimension}`);
  let squared = 0;
  for (let i = 0; i < vector.length; i += 1) squared += (vector[i] as number) * (vector[i] as number);
  if (!Number.isFinite(squared)) throw badVector(`${what} holds a number that is not finite`);
  if (squared < SMALLEST_SQUARED_LENGTH) throw badVector(`${what} has no direction (length ${Math.sqrt(squared)})`);
  if (squared > LARGEST_SQUARED_LENGTH) throw badVector(`${what} is too long to be normalised`);
}

/** Throws unless indices ascend and each has a finite value: what Qdrant would refuse, or store and never find. */
export function assertSparse({ indices, values }: SparseVector, what: string): void {
  if (indices.length !== values.length) throw badVector(`${what} has ${indices.length} indices and ${values.length} values`);
  if (indices.some((index, at) => at > 0 && index <= (indices[at - 1] as number))) throw badVector(`${what} has indices that do not ascend`);
  if (!values.every(Number.isFinite)) throw badVector(`${what} holds a number that is not finite`);
}

function badVector(message: string): PermanentJobError {
  return new PermanentJobError('bad_vector', message);
}
