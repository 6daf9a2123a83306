import { Parser as Sax } from 'htmlparser2';
import type { ParseLimits } from '../parse-limits.js';
import { damaged, declaresEntities, tooDeep } from '../parse-refused.js';
import { decodeText } from '../text/decode-text.js';

export type Attributes = Readonly<Record<string, string>>;

/** What a reader wants to hear of. Names have no namespace: `p` for `w:p`. */
export interface XmlHandler {
  open?(name: string, attributes: Attributes): void;
  text?(text: string): void;
  close?(name: string): void;
}

export interface XmlSource {
  bytes: Uint8Array;
  /** The format in words, for refusals. */
  what: string;
  limits: Pick<ParseLimits, 'maxDepth'>;
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Tells the handler what is in an XML document. Nothing that it names is fetched or expanded: a document with a DOCTYPE is refused, and no
 * entities but the five of XML are known. What is not closed, or closed twice, is refused as damaged.
 */
export function readXml({ bytes, what, limits }: XmlSource, handler: XmlHandler): void {
  const source = decodeText(bytes).text;
  let depth = 0;
  const sax = new Sax(
    {
      onopentag(name, attributes) {
        if (++depth > limits.maxDepth) throw tooDeep(limits.maxDepth);
        handler.open?.(local(name), withoutNamespaces(attributes));
      },
      ontext: (text) => handler.text?.(text),
      onclosetag(name, isImplied) {
        // Implied is also said of a tag that closes itself.
        if (isImplied && source.slice(sax.endIndex - 1, sax.endIndex + 1) !== '/>') throw damaged(what);
        depth--;
        handler.close?.(local(name));
      },
      onprocessinginstruction(name) {
        if (name.toLowerCase() === '!doctype') throw declaresEntities();
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  sax.end(source);
}

function withoutNamespaces(attributes: Attributes): Attributes {
  const plain: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(attributes)) plain[local(name)] = value;
  return plain;
}
