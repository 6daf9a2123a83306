import { PermanentJobError } from '@cairn/common/contracts';

/** Why a file was not parsed. People read the message; programs the code. */
export type ParseRefusal = 'file_empty' | 'file_too_large' | 'file_format' | 'file_encrypted' | 'file_damaged' | 'file_unreadable';

const refuse = (code: ParseRefusal, message: string, cause?: unknown) => new PermanentJobError(code, message, { cause });
const counted = (count: number): string => count.toLocaleString('en-US');
const mega = (count: number): string => (count < 1_000_000 ? counted(count) : `${counted(Math.round(count / 100_000) / 10)} million`);

export const emptyFile = () => refuse('file_empty', 'This file is empty.');

export const tooManyBytes = (most: number) => refuse('file_too_large', `This file is too large: at most ${mega(most)} bytes can be read.`);

export const tooManyPages = (pages: number, most: number) =>
  refuse('file_too_large', `This file has ${counted(pages)} pages; at most ${counted(most)} can be read.`);

export const tooMuchText = (most: number) => refuse('file_too_large', `This file holds too much text: at most ${mega(most)} characters can be read.`);

export const tooManyCues = (cues: number, most: number) =>
  refuse('file_too_large', `This recording has ${counted(cues)} cues; at most ${counted(most)} can be read.`);

export const tooManyEntries = (entries: number, most: number) =>
  refuse('file_too_large', `This file packs ${counted(entries)} files; at most ${counted(most)} can be read.`);

export const tooMuchUnpacked = (most: number) => refuse('file_too_large', `Unpacked, this file has more than ${mega(most)} bytes, so it was not unpacked.`);

export const tooTightlyPacked = (ratio: number, most: number) =>
  refuse(
    'file_too_large',
    `A part of this file would become ${counted(Math.round(ratio))} times larger when unpacked; at most ${counted(most)} times is allowed.`,
  );

export const tooDeep = (most: number) => refuse('file_too_large', `This file is nested more than ${counted(most)} levels deep, so it was given up.`);

export const unknownFormat = (what: string) => refuse('file_format', `This file is ${what}, which cannot be read.`);

export const noChunks = (detail: string) => refuse('file_format', `This file is no file of chunks. ${detail}`);

export const tooManyChunks = (chunks: number, most: number) =>
  refuse('file_too_large', `This file has ${counted(chunks)} chunks; at most ${counted(most)} can be taken.`);

export const tooMuchMetadata = (at: number, most: number) =>
  refuse('file_too_large', `Item ${counted(at + 1)} of this file has more metadata than can be kept: at most ${counted(most)} characters of JSON.`);

export const encrypted = (what: string) => refuse('file_encrypted', `This ${what} is protected by a password. Save it without one and try again.`);

export const encryptedOrOld = () =>
  refuse(
    'file_encrypted',
    'This is an Office file that is protected by a password or older than 2007. Save it as DOCX, PPTX or XLSX without a password and try again.',
  );

export const damaged = (what: string, cause?: unknown) => refuse('file_damaged', `This file cannot be read as ${what}: it is damaged or cut off.`, cause);

export const declaresEntities = () =>
  refuse('file_damaged', 'This file declares a document type of its own (DOCTYPE), which office files never do, so it was not read.');

export const notAFile = () => refuse('file_unreadable', 'This path is not a regular file.');

const OUT_OF_MEMORY = /allocation failed|out of memory/i;

/** What a library says is kept as the cause only: it speaks to programmers, and may quote the file. That memory ran out is no fault of the file's: it ends the process. */
export function asRefusal(what: string, cause: unknown): Error {
  if (cause instanceof PermanentJobError) return cause;
  return cause instanceof Error && OUT_OF_MEMORY.test(cause.message) ? cause : damaged(what, cause);
}
