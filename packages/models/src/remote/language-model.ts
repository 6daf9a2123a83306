import { setTimeout as pause } from 'node:timers/promises';
import { askProvider, type ProviderAddress, ProviderError, type ProviderFault } from './ask-provider.js';
import { Rest, type RestOptions } from './rest.js';

/** A model, as its provider names it. */
export interface LanguageModelSettings extends ProviderAddress {
  model: string;
  /** When it is left alone. */
  rest?: RestOptions;
}

export interface WriteRequest {
  /** What it is to do. */
  system: string;
  /** What it is to do that with. */
  user: string;
  mostTokens: number;
  /** For the second try, too. */
  deadlineMs: number;
  /** It has less time than a model is due: that it is late then says nothing of the model. */
  isHurried?: boolean;
  signal: AbortSignal;
}

export interface ModelAnswer {
  text: string;
  /** As the provider counts. */
  tokens: { request: number; answer: number };
}

const PAUSE_MS = 200;
const TRIES = 2;
const MOST_BYTES = 200_000;
const REST: RestOptions = { failures: 5, firstMs: 5_000, longestMs: 60_000 };
/** These say nothing of the next request: some providers refuse us where they mean a question. */
const OF_ONE_REQUEST: readonly ProviderFault[] = ['refuses_request', 'refuses_us', 'unusable'];
const saysMore = (fault: ProviderFault, { isHurried }: WriteRequest): boolean => !OF_ONE_REQUEST.includes(fault) && !(fault === 'late' && isHurried);
const PASSING: readonly ProviderFault[] = ['away', 'busy'];

/** A model that writes, at a provider that speaks OpenAI's form of `POST /chat/completions`. */
export class LanguageModel {
  private readonly rest: Rest;

  constructor(private readonly settings: LanguageModelSettings) {
    this.rest = new Rest(settings.rest ?? REST);
  }

  /** Its name at the provider. */
  get name(): string {
    return this.settings.model;
  }

  /** As likely words as it can. Asks once more at most; rejects with a ProviderError, or with the reason of the signal when that is aborted. */
  async write(request: WriteRequest): Promise<ModelAnswer> {
    const { reason } = this.rest;
    if (reason !== undefined) throw new ProviderError('away', `it failed several times and is left alone for a moment: ${reason}`);
    try {
      const answer = await this.patiently(request);
      this.rest.worked();
      return answer;
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof ProviderError && saysMore(error.fault, request)) this.rest.failed(error.message);
      throw error;
    }
  }

  private async patiently(request: WriteRequest): Promise<ModelAnswer> {
    const endsAt = performance.now() + request.deadlineMs;
    for (let tries = 1; ; tries++) {
      request.signal.throwIfAborted();
      try {
        return answerOf(await this.ask(request, Math.max(1, Math.round(endsAt - performance.now()))));
      } catch (error) {
        if (!(error instanceof ProviderError) || !PASSING.includes(error.fault) || tries === TRIES) throw error;
        const waitMs = error.retryAfterMs ?? PAUSE_MS;
        if (performance.now() + waitMs >= endsAt) throw error;
        await pause(waitMs, undefined, { signal: request.signal });
      }
    }
  }

  private ask({ system, user, mostTokens, signal }: WriteRequest, timeoutMs: number): Promise<unknown> {
    const messages = [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ];
    const body = { model: this.settings.model, messages, temperature: 0, max_tokens: mostTokens, stream: false };
    return askProvider(this.settings, { path: '/chat/completions', body, timeoutMs, mostBytes: MOST_BYTES, signal });
  }
}

function answerOf(answer: unknown): ModelAnswer {
  const { choices, usage } = (answer ?? {}) as {
    choices?: { message?: { content?: unknown } }[];
    usage?: { prompt_tokens?: unknown; completion_tokens?: unknown };
  };
  const text = Array.isArray(choices) ? choices[0]?.message?.content : undefined;
  if (typeof text !== 'string') throw new ProviderError('unusable', 'it holds no text');
  return { text, tokens: { request: countOf(usage?.prompt_tokens), answer: countOf(usage?.completion_tokens) } };
}

const countOf = (value: unknown): number => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0);
