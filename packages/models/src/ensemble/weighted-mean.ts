import type { Ensemble } from './ensemble.js';

/** What is left of vectors that cancel out is rounding and no meaning. */
const LEAST_LENGTH = 1e-6;

/** The models' vectors of a text point in opposite directions, or one of them points nowhere: there is nothing to compare it by. */
export class NoDirectionError extends Error {
  constructor(
    /** The text's place among those that were embedded. */
    readonly index: number,
  ) {
    super(`The vectors of text ${index} have no common direction: their weighted mean is zero. Leave the text out, or choose other models or weights.`);
    this.name = 'NoDirectionError';
  }
}

export interface MixedVectors {
  /** One for each text, of length one; undefined where `failures` says why. */
  vectors: (Float32Array | undefined)[];
  failures: NoDirectionError[];
}

/** Mixes the vectors of each text; `byModel` holds one list for each member of the ensemble, in its order, with one vector for each text. */
export function mixVectors(ensemble: Ensemble, byModel: readonly (readonly Float32Array[])[]): MixedVectors {
  const texts = byModel[0]?.length ?? 0;
  const vectors = Array.from({ length: texts }, (_, index) =>
    weightedMean(
      ensemble,
      byModel.map((list) => list[index] as Float32Array),
    ),
  );
  return { vectors, failures: vectors.flatMap((vector, index) => (vector === undefined ? [new NoDirectionError(index)] : [])) };
}

/**
 * One text's vectors, one for each member: each is cut to the ensemble's dimension and brought to length one, then they are weighted, added up in
 * doubles, and brought to length one again. The vector of a single model stays what it is, bit for bit. Undefined when the sum has no direction.
 */
export function weightedMean({ members, dimension }: Ensemble, vectors: readonly Float32Array[]): Float32Array | undefined {
  const [first] = vectors;
  if (vectors.length === 1 && first?.length === dimension) return first;
  const sum = new Float64Array(dimension);
  for (const [at, { weight }] of members.entries()) {
    const part = (vectors[at] as Float32Array).subarray(0, dimension);
    const length = lengthOf(part);
    if (!(length > 0)) return undefined;
    for (let i = 0; i < dimension; i++) sum[i] = (sum[i] as number) + (weight * (part[i] as number)) / length;
  }
  const length = lengthOf(sum);
  return length >= LEAST_LENGTH ? Float32Array.from(sum, (value) => value / length) : undefined;
}

function lengthOf(vector: Float32Array | Float64Array): number {
  let square = 0;
  for (const value of vector) square += value * value;
  return Math.sqrt(square);
}
