import type { CairnError } from '@cairn/common/contracts';
import { refused, type Subject } from '../refused.js';

export const notAbsolute = (subject: Subject) => refused('invalid_input', subject, 'is not an absolute path. Begin it with a slash, and leave out "..".');

export const outsideRoots = (subject: Subject) =>
  refused('forbidden', subject, 'is not below a folder that this system may read. Ask its operator to allow the folder.');

// Whether it is missing or leads out is not said apart: the answer would tell what there is elsewhere on the machine.
export const notThere = (subject: Subject, cause?: unknown) =>
  refused('invalid_input', subject, 'is not there, cannot be read, or leads out of the folders that this system may read.', cause);

export const notAFolder = (subject: Subject) => refused('invalid_input', subject, 'is not a folder.');

export const notAFile = (subject: Subject) => refused('invalid_input', subject, 'is not a regular file.');

export const itemGone = (path: string, cause?: unknown) =>
  refused('not_found', { field: 'path', value: path }, 'is no longer in the source as a regular file.', cause);

export const itemDamaged = (path: string, cause: unknown) =>
  refused('invalid_input', { field: 'path', value: path }, 'is damaged where it is kept, so it was not read.', cause);

export const itemTooLarge = (path: string, most: number) =>
  refused('too_large', { field: 'path', value: path }, `has more than ${most.toLocaleString('en-US')} bytes, so it was not read.`);

export const tooManyFiles = (subject: Subject, most: number) =>
  refused('too_large', subject, `has more than ${most.toLocaleString('en-US')} files. Choose a smaller part of it, or filters that leave out more.`);

export const tooManyEntries = (subject: Subject, most: number) =>
  refused('too_large', subject, `holds more than ${most.toLocaleString('en-US')} files and folders. Choose a smaller part of it, or ignore folders.`);

export const notARepository = (subject: Subject) => refused('invalid_input', subject, 'is not a git repository that can be read.');

export const noBranch = (subject: Subject, branch: string | undefined) =>
  branch === undefined
    ? refused('invalid_input', subject, 'has no commit that it is at. Name a branch.')
    : refused('invalid_input', { field: 'branch', value: branch }, 'is not a branch of this repository.');

export const insecure = (subject: Subject) => refused('invalid_input', subject, 'is not an https:// address.');

export const needsCredentials = (subject: Subject) => refused('invalid_input', subject, 'needs a token that is valid for it, or is not there.');

export const needsKeys = (subject: Subject) => refused('invalid_input', subject, 'needs a key that may read it, or is not there.');

export const halfAKey = (subject: Subject) => refused('invalid_input', subject, 'needs access_key_id and secret_access_key together, or neither.');

export const badList = (subject: Subject, cause?: unknown) => refused('invalid_input', subject, 'was listed in a way that cannot be read.', cause);

export const mailboxChanged = (subject: Subject) => refused('unavailable', subject, 'was renumbered by the mail server while it was listed.');

export const notFetched = (subject: Subject, cause?: unknown) => refused('unavailable', subject, 'could not be fetched.', cause);

export const tooLargeToFetch = (subject: Subject, cause?: unknown) =>
  refused('too_large', subject, 'takes more memory or computing to unpack than is allowed, so it was given up.', cause);

/** An address that answered, but not with what was asked for. What may pass is to be tried again. */
export function badAnswer(subject: Subject, status: number): CairnError {
  const code = status === 404 || status === 410 ? 'not_found' : status === 429 || status >= 500 ? 'unavailable' : 'invalid_input';
  return refused(code, subject, `was answered with the status ${status}.`);
}
