import { describe, expect, it } from '@jest/globals';
import { CairnError } from './catalogue.js';
import { withFieldsNamed } from './with-fields-named.js';

const nameOf = (field: string) => (field === 'path' ? 'source_path' : `filters.${field}`);
const renamed = (path: string, message: string) => withFieldsNamed(new CairnError('invalid_input', message, { errors: [{ path, message }] }), nameOf);

describe('an error in the words of a caller', () => {
  it.each([
    ['path', 'path is missing', 'source_path', 'source_path is missing'],
    ['extensions', 'each value in extensions must be a string', 'filters.extensions', 'each value in filters.extensions must be a string'],
    ['path', '"/srv/path" is not a folder.', 'source_path', '"/srv/path" is not a folder.'],
  ])('T11: %s: %s', (field, sentence, path, message) => {
    expect(renamed(field, sentence)).toMatchObject({ code: 'invalid_input', message, errors: [{ path, message }] });
  });

  it('T11: is as it was where it names no fields', () => {
    for (const error of [new Error('no'), new CairnError('unavailable', 'later')]) expect(withFieldsNamed(error, nameOf)).toBe(error);
  });
});
