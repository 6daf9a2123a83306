import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';
import { type Limit, valueOfLimit } from './limits.js';

// Registered under class-validator's own names, so that they translate like the rules with fixed bounds.

/** A number of at most `max`. */
export function AtMost(max: Limit, options?: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown) => typeof value === 'number' && value <= valueOfLimit(max);
  return ValidateBy(
    { name: 'max', constraints: [max], validator: { validate, defaultMessage: buildMessage(() => `$property must be at most ${valueOfLimit(max)}`, options) } },
    options,
  );
}

/** A list of at most `max` items. */
export function ListOfAtMost(max: Limit, options?: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown) => Array.isArray(value) && value.length <= valueOfLimit(max);
  return ValidateBy(
    {
      name: 'arrayMaxSize',
      constraints: [max],
      validator: { validate, defaultMessage: buildMessage(() => `$property may have at most ${valueOfLimit(max)} items`, options) },
    },
    options,
  );
}
