/** `late` and `away`: no answer; `busy`: it may work in a moment; `refuses_us`: its operator or ours has to do something; `refuses_request`; `unusable`. */
export type ProviderFault = 'late' | 'away' | 'busy' | 'refuses_us' | 'refuses_request' | 'unusable';

/** Why a provider gave no answer that can be used, in words of our own. */
export class ProviderError extends Error {
  readonly fault: ProviderFault;
  /** How long it asks to be left alone. */
  readonly retryAfterMs: number | undefined;

  constructor(fault: ProviderFault, message: string, { retryAfterMs, cause }: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause });
    this.name = 'ProviderError';
    this.fault = fault;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where a provider is: the address before `/embeddings` or `/chat/completions`. */
export interface ProviderAddress {
  url: string;
  apiKey?: string | undefined;
}

export interface ProviderRequest {
  path: string;
  body: object;
  /** For the whole answer. */
  timeoutMs: number;
  /** An answer that is longer is not read. */
  mostBytes: number;
  signal?: AbortSignal | undefined;
}

/** These say that it may work in a moment, as every status from 500 on does. */
const BUSY = new Set([408, 425, 429]);
/** A key, a plan or a model that is refused has to be mended by the operator. */
const REFUSES_US = new Set([401, 402, 403, 404, 409]);
const MODEST_WORD = /^[\w.-]{1,60}$/;
const MOST_BYTES_OF_A_REFUSAL = 100_000;

/**
 * The JSON that a provider in OpenAI's form answers to one request. It is read as if it came from a stranger. Rejects with a ProviderError, also when the
 * signal is aborted: who has one looks at it first.
 */
export async function askProvider({ url, apiKey }: ProviderAddress, { path, body, timeoutMs, mostBytes, signal }: ProviderRequest): Promise<unknown> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const late = (cause: unknown) => new ProviderError('late', `no answer within ${timeoutMs / 1_000} s`, { cause });
  const asked = fetch(`${url.replace(/\/$/, '')}${path}`, {
    method: 'POST',
    redirect: 'error', // the key is for this address only
    headers: { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
    body: JSON.stringify(body),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  });
  const answer = await asked.catch((cause) => {
    throw timeout.aborted ? late(cause) : new ProviderError('away', 'it cannot be reached', { cause });
  });
  try {
    if (!answer.ok) throw await refusalOf(answer);
    return await readJson(answer, mostBytes);
  } catch (error) {
    if (timeout.aborted) throw late(error);
    throw error instanceof ProviderError ? error : new ProviderError('unusable', 'it broke off', { cause: error });
  }
}

// What the provider says in words may repeat the text, and errors are kept longer than texts.
async function refusalOf(answer: Response): Promise<ProviderError> {
  const body = (await readJson(answer, MOST_BYTES_OF_A_REFUSAL).catch(() => undefined)) as { error?: { code?: unknown; type?: unknown } } | undefined;
  const word = [body?.error?.code, body?.error?.type].find((one): one is string => typeof one === 'string' && MODEST_WORD.test(one));
  const said = `it answered ${answer.status}${word ? ` (${word})` : ''}`;
  if (answer.status >= 500 || BUSY.has(answer.status)) return new ProviderError('busy', said, { retryAfterMs: retryAfterOf(answer) });
  return new ProviderError(REFUSES_US.has(answer.status) ? 'refuses_us' : 'refuses_request', said);
}

// In words of our own: those of the parser would repeat what it stumbled over.
async function readJson(answer: Response, mostBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new ProviderError('unusable', 'it is longer than was asked for');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ProviderError('unusable', 'it is no JSON');
  }
}

function retryAfterOf(answer: Response): number | undefined {
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
