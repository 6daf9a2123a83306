import * as library from '@huggingface/tokenizers';

// The library's own declarations name files without extensions, which TypeScript does not find under Node's rules.
interface Library {
  SplitPreTokenizer: new (part: object) => { pattern: RegExp | null };
}

export const { SplitPreTokenizer } = library as unknown as Library;
