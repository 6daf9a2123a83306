import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { Env } from './env.decorator.js';
import { IsServiceUrl } from './is-service-url.decorator.js';
import type { ChecksItself, ConfigProblem } from './load-config.js';

/** A language model, and where it is asked. */
export interface LanguageModelProvider {
  /** What comes before `/chat/completions`. */
  url: string;
  apiKey: string | undefined;
  model: string;
}

/** The language model of a provider, if there is one. What it is asked leaves this system. */
export class LanguageModelConfig implements ChecksItself {
  @Env('CAIRN_LLM_BASE_URL', {
    doc: "Address of a provider that speaks OpenAI's form of /v1/chat/completions, for searches with use_hyde: their questions leave this system. Not set: none.",
    example: 'https://api.example.org/v1',
  })
  @IsOptional()
  @IsServiceUrl(['https', 'http'])
  baseUrl?: string;

  @Env('CAIRN_LLM_API_KEY', { doc: 'Key for that provider, where it wants one.', secret: true })
  @IsOptional()
  @Matches(/^[\x21-\x7e]{1,4096}$/, { message: '$property must be visible ASCII characters without spaces' })
  apiKey?: string;

  @Env('CAIRN_LLM_MODEL', { doc: 'Name of the language model at that provider.', example: 'small-instruct' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  model?: string;

  // The api waits 10 s for a search.
  @Env('CAIRN_LLM_DEADLINE_MS', { doc: 'Milliseconds that a search waits for the language model, its second try included; then it is made without.' })
  @IsInt()
  @Min(100)
  @Max(5_000)
  deadlineMs: number = 4_000;

  get provider(): LanguageModelProvider | undefined {
    const { baseUrl, apiKey, model } = this;
    return baseUrl === undefined || model === undefined ? undefined : { url: versioned(new URL(baseUrl)), apiKey, model };
  }

  problems(): ConfigProblem[] {
    const { baseUrl, apiKey, model } = this;
    if ([baseUrl, apiKey, model].every((value) => value === undefined)) return [];
    const missing = Object.entries({ CAIRN_LLM_BASE_URL: baseUrl, CAIRN_LLM_MODEL: model }).filter(([, value]) => value === undefined);
    const problems = missing.map(([name]) => ({ name, message: 'is missing, and others that begin with CAIRN_LLM_ are set; set it, or none of them' }));
    return baseUrl === undefined || isPlain(new URL(baseUrl)) ? problems : [...problems, NOT_PLAIN];
  }
}

const NOT_PLAIN = { name: 'CAIRN_LLM_BASE_URL', message: 'must hold no user, password, question mark or hash; the key belongs into CAIRN_LLM_API_KEY' };

const isPlain = ({ username, password, search, hash }: URL): boolean => [username, password, search, hash].every((part) => part === '');

/** With `/v1`, where only a host is named. */
const versioned = ({ origin, pathname }: URL): string => `${origin}${pathname === '/' ? '/v1' : pathname}`;
