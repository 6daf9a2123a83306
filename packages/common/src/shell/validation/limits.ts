import { LimitsConfig } from '../../config/limits.config.js';

/** A bound of a rule: fixed, or read from the configuration when the rules are compiled at start-up. */
export type Limit = number | (() => number);

let configured = new LimitsConfig();

/** The limits of this process: `@Utf8Bytes(() => limits().textBytes)`. The defaults until the service has read its configuration. */
export function limits(): LimitsConfig {
  return configured;
}

/** Called by the shell before it compiles the rules of the endpoints. */
export function useLimits(config: LimitsConfig): void {
  configured = config;
}

export function valueOfLimit(limit: Limit): number {
  return typeof limit === 'function' ? limit() : limit;
}
