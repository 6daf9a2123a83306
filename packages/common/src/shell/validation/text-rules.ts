import { buildMessage, Matches, ValidateBy, type ValidationOptions } from 'class-validator';
import { type Limit, valueOfLimit } from './limits.js';
import { flawInside, flawOfText } from './text-flaw.js';

// JSON Schema does not know these rules; they go by these keywords, also in the published schema.
export const WELL_FORMED_KEYWORD = 'x-well-formed';
export const UTF8_BYTES_KEYWORD = 'x-utf8-max-bytes';
export const STORABLE_KEYWORD = 'x-storable-bytes';
export const TEXT_OR_TEXTS = 'textOrTexts';

/** True when the text needs at most `max` bytes as UTF-8. A lone surrogate counts three, as its replacement does. */
export function fitsUtf8(text: string, max: number): boolean {
  if (text.length > max) return false;
  return text.length * 3 <= max || Buffer.byteLength(text, 'utf8') <= max;
}

/** A text without NUL and without lone surrogates: it can be stored, hashed and sent as UTF-8. */
export function WellFormedText(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: WELL_FORMED_KEYWORD,
      constraints: [],
      validator: {
        validate: (value) => typeof value === 'string' && flawOfText(value) === undefined,
        defaultMessage: buildMessage(() => '$property must be valid Unicode without NUL', options),
      },
    },
    options,
  );
}

/** A text of more than spaces. */
export function NotBlank(options: ValidationOptions = {}): PropertyDecorator {
  return Matches(/\S/, { message: '$property must not be blank', ...options });
}

/** A text of at most `max` bytes of UTF-8. */
export function Utf8Bytes(max: Limit, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: UTF8_BYTES_KEYWORD,
      constraints: [max],
      validator: {
        validate: (value) => typeof value === 'string' && fitsUtf8(value, valueOfLimit(max)),
        defaultMessage: buildMessage(() => `$property may have at most ${valueOfLimit(max)} bytes of UTF-8`, options),
      },
    },
    options,
  );
}

/** What is wrong with an object that is to be kept as JSON of at most `max` bytes. */
export function flawOfStorable(value: object, max: number): string | undefined {
  const flaw = flawInside(value);
  if (flaw) return `${flaw.path ? `holds ${flaw.path}, which ` : ''}${flaw.message}`;
  const bytes = Buffer.byteLength(JSON.stringify(value), 'utf8');
  return bytes > max ? `may have at most ${max} bytes as JSON, it has ${bytes}` : undefined;
}

/** Any object that Postgres can keep, of at most `max` bytes as JSON. */
export function Storable(max: Limit, options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: STORABLE_KEYWORD,
      constraints: [max],
      validator: {
        validate: (value) => typeof value === 'object' && value !== null && flawOfStorable(value, valueOfLimit(max)) === undefined,
        defaultMessage: buildMessage(() => '$property must be JSON that can be kept', options),
      },
    },
    options,
  );
}

export interface TextsLimits {
  items: Limit;
  bytes: Limit;
}

/** One text, or a list of texts; none of them empty, each storable and of at most so many bytes. */
export function TextOrTexts(limits: TextsLimits, options?: ValidationOptions): PropertyDecorator {
  const isText = (value: unknown) =>
    typeof value === 'string' && value !== '' && flawOfText(value) === undefined && fitsUtf8(value, valueOfLimit(limits.bytes));
  const isList = (value: unknown) => Array.isArray(value) && value.length > 0 && value.length <= valueOfLimit(limits.items) && value.every(isText);
  return ValidateBy(
    {
      name: TEXT_OR_TEXTS,
      constraints: [limits],
      validator: {
        validate: (value) => isText(value) || isList(value),
        defaultMessage: buildMessage(() => '$property must be a text or a list of texts', options),
      },
    },
    options,
  );
}
