import { validatorOf } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { RegisterDto } from './accounts.dto.js';

describe('the body that makes an account', () => {
  it.each([
    [{ email: 'maria' }, 'email must be an e-mail address'],
    [{ username: 'a b' }, 'username must be 3 to 50 letters'],
  ])('T11: says which form a name has: %j', (wrong, sentence) => {
    expect(() => validatorOf(RegisterDto, { from: 'body' })({ email: 'maria@example.org', password: 'long enough', ...wrong })).toThrow(sentence);
  });
});
