import { CairnError, type FieldError } from '@cairn/common';

/** Does what one part of a request asks for. A mistake in it is told with its place in the whole request. */
export async function inPlace<T>(place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof CairnError && error.status < 500 ? placed(place, error) : error;
  }
}

function placed(place: string, error: CairnError): CairnError {
  const [first] = error.errors ?? [];
  const detail = first !== undefined && error.message.startsWith(first.path) ? `${place}.${error.message}` : `${place}: ${error.message}`;
  const errors = error.errors?.map((one) => fieldIn(place, one)) ?? [{ path: place, message: error.message }];
  return new CairnError(error.code, detail, { cause: error, errors });
}

function fieldIn(place: string, { path, message }: FieldError): FieldError {
  return { path: `${place}.${path}`, message: message.startsWith(path) ? `${place}.${message}` : message };
}
