/** A vector that is zero but at a few places. Indices ascend and are distinct. */
export interface SparseVector {
  indices: Uint32Array;
  values: Float32Array;
}

/** The indices, then the values, four bytes each, little endian. */
export function sparseBytes({ indices, values }: SparseVector): Buffer {
  return Buffer.concat([indices, values].map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)));
}

export function sparseOf(bytes: Buffer): SparseVector {
  const own = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const length = bytes.byteLength / 8;
  return { indices: new Uint32Array(own, 0, length), values: new Float32Array(own, length * 4, length) };
}
