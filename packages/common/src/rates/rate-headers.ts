import type { FastifyReply } from 'fastify';
import type { RateVerdict } from './rate-limiter.js';

/** Tells the caller how the tightest limit stands, and refuses the request where it is used up. */
export function applyRate(reply: FastifyReply, verdict: RateVerdict | undefined): void {
  if (!verdict) return;
  const { limit, remaining, resetMs } = verdict.state;
  reply.header('ratelimit-limit', String(limit));
  reply.header('ratelimit-remaining', String(remaining));
  reply.header('ratelimit-reset', String(Math.ceil(resetMs / 1_000)));
  if (verdict.refusal) throw verdict.refusal;
}
