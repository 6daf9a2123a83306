import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

function isServiceUrl(value: unknown, schemes: readonly string[]): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const url = new URL(value);
  return schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
}

/** A URL with one of the schemes and a host, private hosts and ports included. */
export function IsServiceUrl(schemes: readonly string[], options?: ValidationOptions): PropertyDecorator {
  const expected = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return ValidateBy(
    {
      name: 'isServiceUrl',
      constraints: [schemes],
      validator: {
        validate: (value) => isServiceUrl(value, schemes),
        defaultMessage: buildMessage(() => `$property must be a URL that starts with ${expected}`, options),
      },
    },
    options,
  );
}
