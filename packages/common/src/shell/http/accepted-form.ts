import { ROWS_FORMS, type RowsForm } from '../endpoints/endpoint.decorator.js';

/** The first of these forms that the caller accepts; JSON where he accepts that, too, or says nothing. */
export function acceptedForm(accept: string | undefined, forms: readonly RowsForm[]): RowsForm | undefined {
  if (accept === undefined || accept.includes('application/json')) return undefined;
  return forms.find((form) => accept.includes(ROWS_FORMS[form]));
}
