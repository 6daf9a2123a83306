import iconv from 'iconv-lite';
import type { Address, Attachment, Email } from 'postal-mime';
import { asRefusal } from '../parse-refused.js';
import type { Parser, ParserInput } from '../parser.js';
import { TextWriter } from '../text/text-writer.js';
import { textParser } from './text.parser.js';

const HEADERS =
  /^(?:(?:return-path|received|delivered-to|dkim-signature|message-id|mime-version|from|to|subject|date|x-[\w-]+|content-type):[^\n]{0,998}\r?\n(?:[ \t][^\n]{0,998}\r?\n){0,50}){3}/i;
/** How any mail begins; some programs put a line of their own before it. */
const HEADER = /^\s*(?:From [^\n]*\n)?[\w-]{1,80}:/;
const LIMITS = { maxNestingDepth: 50, maxRfc822NestingDepth: 10 };

/** A mail: who wrote what to whom, and the names of what is attached. */
export const emlParser: Parser = {
  name: 'eml',
  what: 'a mail (EML)',
  mimeTypes: ['message/rfc822'],
  extensions: ['eml'],
  kind: 'text',
  resembles: ({ start }) => HEADERS.test(start),
  async parse(input: ParserInput) {
    const { bytes, limits } = input;
    if (!HEADER.test(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))) return textParser.parse(input);
    const { default: PostalMime } = await import('postal-mime');
    const mail = await PostalMime.parse(bytes, LIMITS).catch((error: unknown) => {
      throw asRefusal('a mail (EML)', error);
    });
    const writer = new TextWriter(limits);
    const facts = factsOf(mail);
    if (facts.subject !== undefined) writer.heading(1, facts.subject);
    for (const [name, value] of Object.entries(facts)) if (name !== 'subject') writeLine(writer, `${name[0]?.toUpperCase()}${name.slice(1)}: ${value}`);
    await writeBody(writer, mail, limits);
    writer.newBlock();
    for (const attachment of mail.attachments) writeLine(writer, `Attachment: ${nameOf(attachment)}`);
    const { subject, from, ...rest } = facts;
    return writer.done({
      ...(subject !== undefined && { title: subject }),
      ...(from !== undefined && { author: from }),
      ...rest,
      ...(mail.attachments.length > 0 && { attachments: mail.attachments.map(nameOf).join(', ') }),
    });
  },
};

async function writeBody(writer: TextWriter, mail: Email, limits: ParserInput['limits']): Promise<void> {
  writer.newBlock();
  if (mail.text?.trim()) writer.block(repaired(mail.text).replaceAll('\r\n', '\n').trim());
  else if (mail.html) (await import('../html/write-html.js')).writeHtml(writer, repaired(mail.html), limits);
}

function writeLine(writer: TextWriter, line: string): void {
  writer.newLine();
  writer.write(line);
}

function factsOf({ subject, from, to, cc, date }: Email): Record<string, string> {
  const facts = { subject, from: addresses(from && [from]), to: addresses(to), cc: addresses(cc), date };
  return Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value?.trim() ? [[name, repaired(value).trim()]] : [])));
}

function addresses(list: Address[] = []): string {
  return list
    .flatMap((address) => address.group ?? [address])
    .map(({ name, address }) => (name === '' ? address : `${name} <${address}>`))
    .join(', ');
}

const nameOf = ({ filename, mimeType }: Attachment): string => repaired(filename ?? mimeType);

/**
 * The library decodes with `TextDecoder`, which reads windows-1252 as Latin-1 in Node 20: quotation marks and the euro become control characters
 * (U+0080 to U+009F), which no text has of its own.
 */
function repaired(text: string): string {
  return text.replaceAll(/[\u0080-\u009f]/g, (control) => iconv.decode(Buffer.from([control.charCodeAt(0)]), 'windows-1252'));
}
