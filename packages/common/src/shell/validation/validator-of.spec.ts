import { describe, expect, it } from '@jest/globals';
import { ArrayMaxSize, IsArray, IsEmail, IsInt, IsOptional, IsString, Min, ValidateIf, ValidateNested } from 'class-validator';
import { LimitsConfig } from '../../config/limits.config.js';
import { CairnError } from '../../errors/catalogue.js';
import { EchoRequest, ListQuery, Place } from '../testing/echo.fixture.js';
import type { DtoClass } from './json-schema.js';
import { AtMost } from './limit-rules.js';
import { limits, useLimits } from './limits.js';
import { Items, Nested } from './nested.decorator.js';
import { Utf8Bytes } from './text-rules.js';
import { validatorOf } from './validator-of.js';

const GOOD = { asset_id: 'a', segments: [{ segment_id: 's', text: 't' }] };
const validate = validatorOf(EchoRequest, { from: 'body' });

function refusalOf(action: () => unknown): CairnError {
  try {
    action();
  } catch (error) {
    if (error instanceof CairnError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const messagesOf = (body: unknown) => refusalOf(() => validate(body)).errors?.map((error) => error.message);

describe('a validated body', () => {
  it('is an instance of its class, with defaults, without what the class does not declare', () => {
    const value = validate({ ...GOOD, role: 'admin', segments: [{ segment_id: 's', text: 't', org_id: 'x' }] });
    expect(value).toBeInstanceOf(EchoRequest);
    expect({ ...value }).toEqual({ asset_id: 'a', segments: [{ segment_id: 's', text: 't' }], limit: 10, mode: 'hybrid' });
  });

  it('treats null for an optional field as absent, and refuses it for a required one', () => {
    expect(validate({ ...GOOD, limit: null, place: null, tags: null, mode: null })).toMatchObject({ limit: 10, mode: 'hybrid' });
    expect(messagesOf({ ...GOOD, asset_id: null })).toEqual(['asset_id must be a text, it is null']);
  });

  it.each([
    ['a number for a text', { ...GOOD, asset_id: 5 }, 'asset_id must be a text, it is a number'],
    ['a text for a number', { ...GOOD, limit: '10' }, 'limit must be a whole number, it is a text'],
    ['a fraction', { ...GOOD, limit: 1.5 }, 'limit must be a whole number, it is 1.5'],
    ['too small', { ...GOOD, limit: 0 }, 'limit must be at least 1, it is 0'],
    ['too large', { ...GOOD, limit: 1e9 }, 'limit must be at most 100, it is 1000000000'],
    ['missing', { segments: GOOD.segments }, 'asset_id is missing'],
    ['empty', { ...GOOD, asset_id: '' }, 'asset_id must not be empty'],
    ['too many bytes', { ...GOOD, asset_id: '页'.repeat(300) }, 'asset_id may have at most 512 bytes of UTF-8, it has 900'],
    ['a NUL', { ...GOOD, asset_id: 'ab\0' }, 'asset_id has a NUL character (U+0000) at position 2; remove it'],
    ['a lone surrogate', { ...GOOD, asset_id: '😀x\ud800' }, 'asset_id has half a surrogate pair at position 3, which is not valid Unicode; remove it'],
    ['none of the words', { ...GOOD, mode: 'psychic' }, 'mode must be one of: dense, sparse, hybrid'],
    ['a place inside a list', { ...GOOD, segments: [GOOD.segments[0], { segment_id: 's' }] }, 'segments[1].text is missing'],
    ['an object instead of a list', { ...GOOD, segments: {} }, 'segments must be a list, it is an object'],
    ['null in a list', { ...GOOD, segments: [null] }, 'segments[0] must be an object, it is null'],
    ['a nested object', { ...GOOD, place: { lat: 91 } }, 'place.lat must be at most 90, it is 91'],
    ['an empty list', { ...GOOD, tags: [] }, 'tags must not be empty'],
    ['too many items', { ...GOOD, tags: ['a', 'b', 'c', 'd'] }, 'tags may have at most 3 items, it has 4'],
    ['an item that is too long', { ...GOOD, tags: ['abcdef'] }, 'tags[0] may have at most 5 characters, it has 6'],
    ['the message of the decorator', { ...GOOD, word: '123' }, 'word must be letters only'],
    ['a text instead of an object', { ...GOOD, filter: 'x' }, 'filter must be an object, it is a text'],
    ['no date', { ...GOOD, since: 'yesterday' }, 'since must be a date as in 2026-01-31T12:00:00Z (ISO 8601)'],
  ])('is refused with a sentence for people: %s', (_name, body, message) => {
    expect(messagesOf(body)).toEqual([message]);
  });

  it.each([
    ['a list', [], 'the body must be an object, it is a list'],
    ['nothing', undefined, 'the body must be an object, it is missing'],
    ['a text', 'x', 'the body must be an object, it is a text'],
    ['null', null, 'the body must be an object, it is null'],
  ])('must be an object, not %s', (_name, body, message) => {
    const refusal = refusalOf(() => validate(body));
    expect([refusal.status, refusal.message]).toEqual([422, message]);
  });

  it('lists every mistake with its path, and counts them in the detail', () => {
    const refusal = refusalOf(() => validate({ asset_id: 1, segments: [{ segment_id: '', text: 2 }], limit: 0 }));
    expect(refusal.errors?.map((error) => error.path)).toEqual(['asset_id', 'segments[0].segment_id', 'segments[0].text', 'limit']);
    expect(refusal.message).toBe('asset_id must be a text, it is a number (and 3 more)');
  });

  it('never repeats the text it refuses', () => {
    const secret = 'the secret plan'.repeat(100);
    const refusal = refusalOf(() => validate({ ...GOOD, asset_id: secret, mode: secret, word: `${secret}1`, since: secret, tags: [secret] }));
    expect(JSON.stringify([refusal.message, refusal.errors])).not.toContain('secret');
  });

  it('answers a huge wrong body with one mistake, in little time', () => {
    const started = performance.now();
    const refusal = refusalOf(() => validate({ ...GOOD, tags: Array.from({ length: 1_000_000 }, () => 1) }));
    expect(refusal.errors).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('T9: refuses unknown fields where the endpoint says so, by name and also inside', () => {
    const strict = validatorOf(EchoRequest, { from: 'body', unknownFields: 'refuse' });
    expect(strict(GOOD)).toMatchObject({ asset_id: 'a' });
    const refusal = refusalOf(() => strict({ ...GOOD, org_id: 'x', segments: [{ segment_id: 's', text: 't', live: true }] }));
    expect([refusal.status, refusal.code, refusal.errors?.map((error) => error.path)]).toEqual([400, 'unknown_fields', ['org_id', 'segments[0].live']]);
    expect(refusalOf(() => strict({ ...GOOD, limit: 0, org_id: 'x' })).code).toBe('invalid_input');
  });
});

describe('a validated query', () => {
  const query = validatorOf(ListQuery, { from: 'query' });

  it('is converted to the types of its class', () => {
    expect({ ...query({ limit: '5', deep: 'true', tag: 'a' }) }).toEqual({ limit: 5, deep: true, tag: ['a'] });
    expect({ ...query({ tag: ['a', 'b'] }) }).toEqual({ limit: 20, tag: ['a', 'b'] });
  });

  it.each([
    { limit: 'abc' },
    { limit: '' },
    { limit: '1.5' },
    { limit: '0' },
    { deep: 'maybe' },
    { tag: ['a', 'b', 'c', 'd', 'e', 'f'] },
    { limit: ['1', '2'] },
  ])('is refused when it cannot be: %j', (value) => {
    expect(refusalOf(() => query(value)).code).toBe('invalid_input');
  });
});

describe('a rule that cannot be checked', () => {
  class Unknown {
    @IsEmail()
    mail!: string;
  }
  class Conditional {
    @ValidateIf(() => true)
    @IsString()
    name!: string;
  }
  class Unbounded {
    @IsArray()
    @IsString({ each: true })
    list!: string[];
  }
  class Anonymous {
    @ValidateNested()
    place!: Place;
  }
  class Contradictory {
    @IsString()
    @Min(1)
    both!: string;
  }
  class Grouped {
    @IsString({ groups: ['a'] })
    name!: string;
  }
  class Outer {
    @Nested(Unknown)
    inner!: Unknown;
  }
  class Plain {}

  it.each<[string, DtoClass, RegExp]>([
    ['a decorator without translation', Unknown, /Unknown\.mail: the decorator isEmail/],
    ['a condition', Conditional, /Conditional\.name: ValidateIf/],
    ['a list without a bound', Unbounded, /Unbounded\.list: a list in a request needs/],
    ['a nested object of no class', Anonymous, /Anonymous\.place: ValidateNested/],
    ['two types at once', Contradictory, /Contradictory\.both: no value can be/],
    ['groups', Grouped, /Grouped\.name: groups/],
    ['inside a nested class', Outer, /Unknown\.mail: the decorator isEmail/],
    ['a class without rules', Plain, /Plain has no class-validator decorators/],
  ])('stops the start: %s', (_name, type, message) => {
    expect(() => validatorOf(type, { from: 'body' })).toThrow(message);
  });
});

describe('limits from the configuration', () => {
  class Bounded {
    @IsOptional()
    @IsString()
    @Utf8Bytes(() => limits().idBytes)
    id?: string;

    @IsOptional()
    @IsInt()
    @AtMost(() => limits().search)
    limit?: number;

    @IsOptional()
    @Items(Place, () => limits().batch)
    places?: Place[];

    @IsOptional()
    @IsArray()
    @ArrayMaxSize(2)
    fixed?: unknown[];
  }

  it('are those of the process when the rules are compiled', () => {
    useLimits(Object.assign(new LimitsConfig(), { idBytes: 3, search: 5, batch: 1 }));
    const bounded = validatorOf(Bounded, { from: 'body' });
    useLimits(new LimitsConfig());
    const refusal = refusalOf(() => bounded({ id: 'abcd', limit: 6, places: [{ lat: 1 }, { lat: 2 }], fixed: [1, 2, 3] }));
    expect(refusal.errors?.map((error) => error.message)).toEqual([
      'id may have at most 3 bytes of UTF-8, it has 4',
      'limit must be at most 5, it is 6',
      'places may have at most 1 item, it has 2',
      'fixed may have at most 2 items, it has 3',
    ]);
  });
});
