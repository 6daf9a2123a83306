import { HttpException } from '@nestjs/common';
import { CairnError, type ErrorCode } from '../../errors/catalogue.js';
import { connectionFailureOf } from './connection-failure.js';

const FASTIFY: Record<string, [ErrorCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'The body is larger than this address accepts. Send less at once.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    'The content type of the body is not supported here. Send JSON with Content-Type: application/json.',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed_json', 'The body is not valid JSON.'],
  FST_ERR_BAD_URL: ['bad_request', 'The address is not a valid URL: a percent sign is not followed by two hexadecimal digits of valid UTF-8.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri_too_long', 'A part of the address is longer than any id can be.'],
};

const BY_STATUS: Record<number, ErrorCode> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  410: 'cursor_pruned',
  413: 'too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'invalid_input',
  429: 'rate_limited',
  503: 'unavailable',
};

const NAMES = { pg: 'the database', nats: 'the message broker', qdrant: 'the vector store', model: 'the embedding model', unknown: 'a service' };

function ofConnectionFailure(error: unknown): CairnError | undefined {
  const dependency = connectionFailureOf(error);
  if (!dependency) return undefined;
  return new CairnError('unavailable', `Cairn cannot reach ${NAMES[dependency]} that this request needs. Try again in a moment.`, {
    cause: error,
    retryAfterSeconds: 2,
  });
}

function ofHttpException(error: HttpException): CairnError {
  // Nest wraps what Fastify threw.
  const fromFastify = knownOfFastify(error.cause);
  if (fromFastify) return fromFastify;
  const status = error.getStatus();
  const code = BY_STATUS[status] ?? (status < 500 ? 'bad_request' : 'internal');
  return code === 'internal' ? ofUnknown(error) : new CairnError(code, error.message, { cause: error });
}

function ofUnknown(error: unknown): CairnError {
  return new CairnError('internal', 'Something broke on our side. Quote the reference when you report it.', { cause: error });
}

function knownOfFastify(error: unknown): CairnError | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  const known = typeof code === 'string' ? FASTIFY[code] : undefined;
  return known && new CairnError(known[0], known[1], { cause: error });
}

function ofFastify(error: { code?: unknown; statusCode?: unknown }): CairnError | undefined {
  const known = knownOfFastify(error);
  if (known) return known;
  const status = typeof error.statusCode === 'number' ? error.statusCode : 500;
  if (status >= 400 && status < 500) return new CairnError(BY_STATUS[status] ?? 'bad_request', 'The request cannot be understood.', { cause: error });
  return undefined;
}

/** Any error as one of the catalogue. What the catalogue does not know is `internal`, and its text stays inside. */
export function toCairnError(error: unknown): CairnError {
  if (error instanceof CairnError) return error;
  if (error instanceof HttpException) return ofHttpException(error);
  return ofConnectionFailure(error) ?? (typeof error === 'object' && error !== null ? ofFastify(error) : undefined) ?? ofUnknown(error);
}
