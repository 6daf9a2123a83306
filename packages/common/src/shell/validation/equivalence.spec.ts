import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import fc from 'fast-check';
import { EchoRequest, Place, Segment } from '../testing/echo.fixture.js';
import { createAjv } from './ajv.js';
import type { DtoClass } from './json-schema.js';
import { schemaOf } from './schema-of.js';

// Every text that has ever been counted, compared or encoded wrongly, beside ordinary ones.
const AWKWARD = [
  '',
  ' ',
  'a',
  'abcde',
  'abcdef',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '😀',
  '😀'.repeat(5),
  'e\u0301',
  '❤\ufe0f',
  '❤\ufe0f'.repeat(5),
  '\ufe0f\ufe0f',
  '页'.repeat(171),
  'x'.repeat(512),
  'x'.repeat(513),
  '2026-01-31',
  '2026-01-31T12:00:00Z',
  '2026-02-30',
  'dense',
  'Hybrid',
];
const text = fc.oneof(fc.constantFrom(...AWKWARD), fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 25 }));
const number = fc.oneof(fc.constantFrom(-91, -90, -0, 0, 1, 1.5, 90, 100, 101, 1e300), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const anything: fc.Arbitrary<unknown> = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.constant([]),
  fc.constant({}),
  fc.array(text, { maxLength: 4 }),
  fc.array(fc.constant(null), { maxLength: 2 }),
);

/** Mostly a value of the right kind, sometimes anything, sometimes nothing. */
const field = (right: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: right }, { weight: 1, arbitrary: anything }, { weight: 1, arbitrary: fc.constant(undefined) });

const place = fc.record({ lat: field(number), label: field(text) });
const segment = fc.record({ segment_id: field(text), text: field(text) });
const request = fc.record({
  asset_id: field(text),
  segments: field(fc.array(fc.oneof({ weight: 8, arbitrary: segment }, { weight: 1, arbitrary: anything }), { maxLength: 3 })),
  limit: field(number),
  mode: field(fc.constantFrom('dense', 'sparse', 'hybrid')),
  place: field(place),
  tags: field(fc.array(field(text), { maxLength: 4 })),
  filter: field(fc.dictionary(text, anything, { maxKeys: 2 })),
  word: field(text),
  force: field(fc.boolean()),
  since: field(text),
});

const good: Record<string, unknown> = {
  asset_id: 'a',
  segments: [{ segment_id: 's', text: 't' }],
  limit: 5,
  mode: 'dense',
  place: { lat: 1 },
  tags: ['a'],
  filter: {},
  word: 'abc',
  force: true,
  since: '2026-01-31',
};

/** A good request with up to three fields replaced: wild ones alone would all be refused for their first field. */
const nearlyGood = fc
  .tuple(request, fc.subarray(Object.keys(good), { maxLength: 3 }))
  .map(([wild, replaced]) => ({ ...good, ...Object.fromEntries(replaced.map((key) => [key, (wild as Record<string, unknown>)[key]])) }));

const withoutUndefined = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

function agrees(type: DtoClass, value: Record<string, unknown>, isValid: (value: unknown) => boolean): void {
  const byClass = validateSync(plainToInstance(type, structuredClone(value)) as object).length === 0;
  expect({ value, valid: isValid(value) }).toEqual({ value, valid: byClass });
}

describe('the compiled schema and class-validator', () => {
  it.each<[DtoClass, fc.Arbitrary<unknown>]>([
    [Place, place],
    [Segment, segment],
    [EchoRequest, fc.oneof({ weight: 3, arbitrary: nearlyGood }, { weight: 1, arbitrary: request })],
  ])('agree on every generated input for %p', (type, arbitrary) => {
    const isValid = createAjv({}).compile(schemaOf(type));
    let accepted = 0;
    fc.assert(
      fc.property(arbitrary, (generated) => {
        const value = withoutUndefined(generated);
        agrees(type, value, (candidate) => isValid(candidate) as boolean);
        if (isValid(value)) accepted++;
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(100); // or the test would only have seen refusals
  });
});
