/** The vectors of an answer in OpenAI's form, in the order of the texts and of length one; throws an Error that says what is wrong with it. */
export function vectorsOfAnswer(answer: unknown, { count, dimension }: { count: number; dimension: number }): { vectors: Float32Array[]; tokens: number } {
  const { data, usage } = (answer ?? {}) as { data?: unknown; usage?: { prompt_tokens?: unknown } };
  if (!Array.isArray(data) || data.length !== count) throw new Error(`it holds ${Array.isArray(data) ? data.length : 'no'} vectors for ${count} texts`);
  const vectors = new Array<Float32Array>(count);
  for (const [at, item] of (data as { index?: unknown; embedding?: unknown }[]).entries()) {
    const index = item?.index === undefined ? at : Number(item.index);
    if (!Number.isInteger(index) || index < 0 || index >= count || vectors[index] !== undefined) throw new Error(`its vectors are numbered wrongly (${index})`);
    vectors[index] = unitOf(numbersOf(item?.embedding), dimension);
  }
  const tokens = Number(usage?.prompt_tokens ?? 0);
  return { vectors, tokens: Number.isInteger(tokens) && tokens >= 0 ? tokens : 0 };
}

// Not every provider knows the short form that was asked for.
function numbersOf(embedding: unknown): Float32Array {
  if (Array.isArray(embedding)) return Float32Array.from(embedding as number[]);
  if (typeof embedding !== 'string') throw new Error('a vector is neither a list nor base64');
  const bytes = Buffer.from(embedding, 'base64');
  if (bytes.byteLength % 4 !== 0) throw new Error('a vector is cut in the middle of a number');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function unitOf(vector: Float32Array, dimension: number): Float32Array {
  if (vector.length !== dimension) throw new Error(`a vector has ${vector.length} numbers, and the model is said to have ${dimension}`);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!(length > 0) || !Number.isFinite(length)) throw new Error('a vector has no direction');
  return vector.map((value) => value / length);
}
