import { CairnError } from './catalogue.js';

// What sentences about a field begin with.
const LEADS = ['', 'each value in ', 'each of '];

/** The error with the names that a caller knows the fields by; another error as it is. */
export function withFieldsNamed(error: unknown, nameOf: (field: string) => string): unknown {
  if (!(error instanceof CairnError) || error.errors === undefined) return error;
  const errors = error.errors.map(({ path, message }) => ({ path: nameOf(path), message: named(message, path, nameOf(path)) }));
  return new CairnError(error.code, errors.map(({ message }) => message).join('; '), { errors, cause: error });
}

function named(message: string, field: string, name: string): string {
  const lead = LEADS.find((words) => message.startsWith(`${words}${field} `));
  return lead === undefined ? message : lead + name + message.slice(lead.length + field.length);
}
