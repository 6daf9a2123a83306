import { markdownHeadings } from '../../chunk/headings/markdown-headings.js';
import type { Parser } from '../parser.js';
import { decodeText } from '../text/decode-text.js';
import { frontMatter } from '../text/front-matter.js';

/** The text as it is written, so that a chunker sees its structure; front matter becomes metadata. */
export const markdownParser: Parser = {
  name: 'markdown',
  what: 'Markdown',
  mimeTypes: ['text/markdown', 'text/x-markdown'],
  extensions: ['md', 'markdown', 'mdown', 'mkd', 'mdx'],
  kind: 'text',
  isLight: true,
  async parse({ bytes, charset }) {
    const { text, encoding } = decodeText(bytes, charset);
    const { metadata, body } = await frontMatter(text);
    return { text: body, headings: markdownHeadings(body), metadata: { ...metadata, encoding } };
  },
};
