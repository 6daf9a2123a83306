import type { Parser, ParserInput } from '../parser.js';
import { decodeText } from '../text/decode-text.js';
import { TextWriter } from '../text/text-writer.js';

const HTML_START = /^(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[\s\S]{0,2000}?-->\s*)?<(?:!doctype\s+html|html)[\s>]/i;
const CHARSET = /<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w-]{2,30})|<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w-]{2,30})/i;
const HEAD_BYTES = 2_048;

/** The readable text of a web page: what is on it, without menus, scripts and what it hides. */
export const htmlParser: Parser = {
  name: 'html',
  what: 'HTML',
  mimeTypes: ['text/html', 'application/xhtml+xml'],
  extensions: ['html', 'htm', 'xhtml'],
  kind: 'text',
  recognises: ({ start }) => HTML_START.test(start),
  async parse({ bytes, charset, limits }: ParserInput) {
    const { writeHtml } = await import('../html/write-html.js');
    const { text: source, encoding } = decodeText(bytes, charset ?? claimedCharset(bytes));
    const writer = new TextWriter(limits);
    const metadata = writeHtml(writer, source, limits);
    return writer.done({ ...metadata, encoding });
  },
};

/** What the page says its encoding is. Believed only where the bytes are not UTF-8. */
export function claimedCharset(bytes: Uint8Array): string | undefined {
  const [, meta, xml] = CHARSET.exec(Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1')) ?? [];
  return meta ?? xml;
}
