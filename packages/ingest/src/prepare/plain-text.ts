import { PARSE_LIMITS } from '../parse/parse-limits.js';
import { tooMuchText } from '../parse/parse-refused.js';
import { cleanText } from '../parse/text/clean-text.js';
import type { FileText } from './parse-messages.js';

/** A text that no parser reads: as it was sent, but for what no database takes. */
export function plainText(text: string): FileText {
  if (text.length > PARSE_LIMITS.maxTextLength) throw tooMuchText(PARSE_LIMITS.maxTextLength);
  return { text: cleanText(text), mimeType: 'text/plain', spans: '{}', pages: null, metadata: {} };
}
