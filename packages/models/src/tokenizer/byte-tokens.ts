const BYTES = 0x100;

/** The tokens for single bytes, in which some models spell what they have no word for; undefined when the vocabulary lacks one. */
export function byteTokens(idOf: (token: string) => number | undefined): readonly number[] | undefined {
  const ids = Array.from({ length: BYTES }, (_, byte) => idOf(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`));
  return ids.includes(undefined) ? undefined : (ids as number[]);
}
