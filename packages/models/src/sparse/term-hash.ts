const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

const withByte = (hash: number, byte: number) => Math.imul(hash ^ byte, FNV_PRIME);

function withCodePoint(hash: number, codePoint: number): number {
  if (codePoint < 0x80) return withByte(hash, codePoint);
  if (codePoint < 0x800) return withByte(withByte(hash, 0xc0 | (codePoint >> 6)), 0x80 | (codePoint & 0x3f));
  const last = (start: number) => withByte(withByte(start, 0x80 | ((codePoint >> 6) & 0x3f)), 0x80 | (codePoint & 0x3f));
  if (codePoint < 0x10000) return last(withByte(hash, 0xe0 | (codePoint >> 12)));
  return last(withByte(withByte(hash, 0xf0 | (codePoint >> 18)), 0x80 | ((codePoint >> 12) & 0x3f)));
}

/** murmur3's finaliser: without it, FNV-1a leaves the hashes of 4711 and 4712 close together. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** The index of a term in a sparse vector: FNV-1a of its UTF-8, mixed. Of a million terms about 116 pairs share one. */
export function termHash(term: string): number {
  let hash = FNV_OFFSET;
  for (const character of term) hash = withCodePoint(hash, character.codePointAt(0) as number);
  return mix(hash);
}
