import { CairnError, DependencyError, parseFilter } from '@cairn/common';
import { describe, expect, it } from '@jest/globals';
import { inPlace } from './named-place.js';

const refusalOf = (work: () => unknown) => inPlace('searches[2]', work).then(fail, (error: CairnError) => error);
const fail = () => {
  throw new Error('was not refused');
};

describe('a mistake in a part of a request', () => {
  it('Q11: has its place in the whole, in the sentence too', async () => {
    const { code, message, errors } = await refusalOf(() => parseFilter({ $bad: 1 }));
    expect(code).toBe('invalid_filter');
    expect(message).toMatch(/^searches\[2\]\.filters\.\$bad is not known here/);
    expect(errors).toEqual([{ path: 'searches[2].filters.$bad', message: message.slice(0, -1) }]);
  });

  it('Q11: that has no field is told of the part', async () => {
    const { errors, message } = await refusalOf(() => {
      throw new CairnError('not_found', 'There is no collection with this id.');
    });
    expect(message).toBe('searches[2]: There is no collection with this id.');
    expect(errors).toEqual([{ path: 'searches[2]', message: 'There is no collection with this id.' }]);
  });

  it('Q11: an outage is nobody’s mistake, and stays what it is', async () => {
    const outage = new DependencyError('pg', 'Postgres is away.');
    await expect(refusalOf(() => Promise.reject(outage))).resolves.toBe(outage);
  });
});
