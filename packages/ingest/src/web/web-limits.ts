/** What one request may take. */
export interface WebLimits {
  redirects: number;
  resolveMs: number;
  connectMs: number;
  headersMs: number;
  /** Between two pieces of a body. */
  idleMs: number;
  /** From the start to the end of the body. */
  totalMs: number;
  /** A body that comes slower than this, counted while we wait for it, is given up. */
  leastBytesPerSecond: number;
  /** For so long it may be slower. */
  patienceMs: number;
}

export const WEB_LIMITS: WebLimits = {
  redirects: 5,
  resolveMs: 5_000,
  connectMs: 10_000,
  headersMs: 30_000,
  idleMs: 30_000,
  totalMs: 600_000,
  leastBytesPerSecond: 1_024,
  patienceMs: 20_000,
};
