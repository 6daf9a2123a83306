/** Every error a caller can meet: one line each. `retry` says whether the same request may succeed later. */
export const ERRORS = {
  bad_request: { status: 400, title: 'The request cannot be understood', retry: false },
  malformed_json: { status: 400, title: 'The body is not valid JSON', retry: false },
  malformed_form: { status: 400, title: 'The body is not a valid form', retry: false },
  invalid_input: { status: 422, title: 'The request has invalid fields', retry: false },
  unknown_fields: { status: 400, title: 'The request has fields that are not known here', retry: false },
  unknown_model: { status: 400, title: 'The model is not known here', retry: false },
  model_not_installed: { status: 400, title: 'The model is not installed here', retry: false },
  invalid_cursor: { status: 400, title: 'The cursor is not valid', retry: false },
  invalid_filter: { status: 400, title: 'The filter is not valid', retry: false },
  unauthenticated: { status: 401, title: 'The credentials are missing or not valid', retry: false },
  forbidden: { status: 403, title: 'The credentials do not allow this', retry: false },
  not_found: { status: 404, title: 'There is no such thing', retry: false },
  method_not_allowed: { status: 405, title: 'The address does not take this method', retry: false },
  request_timeout: { status: 408, title: 'The request did not arrive in time', retry: true },
  conflict: { status: 409, title: 'The request conflicts with what is there', retry: false },
  point_id_taken: { status: 409, title: 'Another asset and segment have this point id', retry: false },
  job_ended: { status: 409, title: 'The job has ended', retry: false },
  operation_ended: { status: 409, title: 'The operation has ended', retry: false },
  job_live: { status: 409, title: 'The job has not ended', retry: false },
  request_in_flight: { status: 409, title: 'A request with this Idempotency-Key is being handled', retry: true },
  cursor_pruned: { status: 410, title: 'The events after this cursor are no longer kept', retry: false },
  too_large: { status: 413, title: 'The body is too large', retry: false },
  quota_exceeded: { status: 413, title: 'A quota is used up', retry: false },
  uri_too_long: { status: 414, title: 'The address is too long', retry: false },
  unsupported_media_type: { status: 415, title: 'The content type is not supported', retry: false },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request', retry: false },
  upgrade_required: { status: 426, title: 'The address takes WebSocket connections only', retry: false },
  rate_limited: { status: 429, title: 'Too many requests', retry: true },
  headers_too_large: { status: 431, title: 'The headers of the request are too large', retry: false },
  E_LEX: { status: 400, title: 'The statement has a character, text or number that cannot be read', retry: false },
  E_PARSE: { status: 400, title: 'The statement is not written as statements are', retry: false },
  E_DUP: { status: 400, title: 'The statement has a clause twice', retry: false },
  E_NAME: { status: 400, title: 'The statement names something that is not there', retry: false },
  E_TYPE: { status: 400, title: 'A value of the statement is of the wrong type', retry: false },
  E_RANGE: { status: 400, title: 'A value of the statement is out of range', retry: false },
  E_NULL_CMP: { status: 400, title: 'The statement compares with NULL', retry: false },
  E_MODE: { status: 400, title: 'A statement of this kind cannot have this part', retry: false },
  E_UNSUPPORTED: { status: 400, title: 'Statements cannot say this here', retry: false },
  E_METRIC: { status: 400, title: 'The collections compare vectors in another way', retry: false },
  E_MODEL_MIX: { status: 400, title: 'The collections were embedded by several models', retry: false },
  E_LIMIT: { status: 400, title: 'The statement is beyond a limit', retry: false },
  E_BIND: { status: 400, title: 'The statement and its parameters do not fit', retry: false },
  E_ROUTE: { status: 400, title: 'The statement would ask all of a family', retry: false },
  E_CURSOR: { status: 400, title: 'The cursor is not of this statement', retry: false },
  E_EXEC_ALL: { status: 503, title: 'No collection could be asked', retry: true },
  E_EXEC_PARTIAL: { status: 503, title: 'Not all collections could be asked', retry: true },
  E_EXEC_TIMEOUT: { status: 504, title: 'The statement took too long', retry: true },
  internal: { status: 500, title: 'Something broke on our side', retry: true },
  unavailable: { status: 503, title: 'A service this needs is not available', retry: true },
  outcome_unknown: { status: 503, title: 'It is not known whether the request took effect', retry: true },
  draining: { status: 503, title: 'This process is shutting down', retry: true },
  storage_full: { status: 507, title: 'There is no room to keep this', retry: true },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface FieldError {
  path: string;
  message: string;
}

/** An error with a place in the catalogue. The detail says what happened, to which thing, and what to do; it never holds document text or secrets. */
export class CairnError extends Error {
  readonly code: ErrorCode;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  /** How things are now, for a caller that missed how they came about. */
  readonly current: object | undefined;
  /** Where the mistake is in the text that was sent, and what could stand there. */
  readonly place: object | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { cause?: unknown; errors?: FieldError[]; retryAfterSeconds?: number; current?: object; place?: object } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'CairnError';
    this.code = code;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.current = options.current;
    this.place = options.place;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Postgres, NATS, Qdrant or the embedder could not be reached: nobody's fault, try again. Burns no attempt of a job. */
export class DependencyError extends CairnError {
  readonly dependency: Dependency;

  constructor(dependency: Dependency, detail: string, cause?: unknown) {
    super('unavailable', detail, { cause, retryAfterSeconds: 2 });
    this.name = 'DependencyError';
    this.dependency = dependency;
  }
}

export type Dependency = 'pg' | 'nats' | 'qdrant' | 'model';

/** The input can never work: the job fails now, without further attempts. */
export class PermanentJobError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PermanentJobError';
    this.code = code;
  }
}
