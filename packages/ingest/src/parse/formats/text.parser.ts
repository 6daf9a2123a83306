import type { Parser } from '../parser.js';
import { decodeText } from '../text/decode-text.js';

/** Text as it is. Also what becomes of every text whose name and content say nothing else. */
export const textParser: Parser = {
  name: 'text',
  what: 'a text',
  mimeTypes: ['text/plain'],
  extensions: ['txt', 'text', 'log'],
  kind: 'text',
  isLight: true,
  parse({ bytes, charset }) {
    const { text, encoding } = decodeText(bytes, charset);
    // Said here, so that other parsers can hand on what turns out to be mere text.
    return { text, mimeType: 'text/plain', metadata: { encoding } };
  },
};
