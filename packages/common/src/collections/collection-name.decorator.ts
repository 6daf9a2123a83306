import { IsString, MinLength, type ValidationOptions } from 'class-validator';
import { Utf8Bytes, WellFormedText } from '../shell/validation/text-rules.js';

/** As much as a name or an alias may have. */
const NAME_BYTES = 256;

/** A collection, or each of a list, by its id, an alias or its name: what `collectionIdsOf` takes. */
export function CollectionName(options: ValidationOptions = {}): PropertyDecorator {
  const rules = [IsString(options), MinLength(1, options), Utf8Bytes(NAME_BYTES, options), WellFormedText(options)];
  return (target, property) => {
    for (const decorate of rules) decorate(target, property);
  };
}
