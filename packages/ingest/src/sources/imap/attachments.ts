import type { MessageStructureObject } from 'imapflow';
import { isReadable } from '../../parse/is-readable.js';

/** A part of a mail that is a file of its own. */
export interface Attachment {
  /** Its number in the mail, such as 2 or 1.3. */
  part: string;
  /** No other of the mail has it, and it is no path. */
  name: string;
  mimeType: string;
}

const MOST_NAME_BYTES = 200;
const MOST_EXTENSION = 13;
// What a mail with a single part has instead of a number.
const ONLY_PART = '1';
// What cannot be seen, or shows a name as another.
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const BODIES = new Set(['text/plain', 'text/html']);

/** The attachments that can be read, in the order of the mail. */
export function attachmentsOf(structure: MessageStructureObject | undefined): Attachment[] {
  const taken = new Set<string>();
  return filesIn(structure).flatMap(({ part = ONLY_PART, type: mimeType, ...node }) => {
    const fileName = safeName(givenName(node), part);
    if (!isReadable({ fileName, mimeType })) return [];
    let name = fileName;
    while (taken.has(name)) name = `${part}-${name}`;
    taken.add(name);
    return [{ part, name, mimeType }];
  });
}

function filesIn(node: MessageStructureObject | undefined): MessageStructureObject[] {
  if (node === undefined) return [];
  return isFile(node) ? [node] : (node.childNodes ?? []).flatMap(filesIn);
}

/** What the text of the mail does not hold: no body, and no picture that a body shows. */
function isFile(node: MessageStructureObject): boolean {
  const { type, disposition, id } = node;
  if (type.startsWith('multipart/')) return false;
  if (disposition?.toLowerCase() === 'attachment') return true;
  return givenName(node) !== undefined && id === undefined && !BODIES.has(type) && type !== 'message/rfc822';
}

function givenName({ dispositionParameters, parameters }: Pick<MessageStructureObject, 'dispositionParameters' | 'parameters'>): string | undefined {
  return dispositionParameters?.filename ?? parameters?.name;
}

/** A name of somebody's as one that can be the end of a path. */
function safeName(given: string | undefined, part: string): string {
  const last = (given ?? '').split(/[/\\]/).at(-1) as string;
  const name = shortened(last.toWellFormed().normalize('NFC').replace(UNFIT, '_').trim());
  return /^\.*$/.test(name) ? `attachment-${part}` : name;
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= MOST_NAME_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= MOST_EXTENSION ? name.slice(dot) : '';
  const room = MOST_NAME_BYTES - Buffer.byteLength(extension);
  const stem = Buffer.from(name)
    .subarray(0, room)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${stem}${extension}`;
}
