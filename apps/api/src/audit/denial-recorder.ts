import { appendAudit, type Database, flawOfText, type Logger, type Principal, principalIfKnown, RateTable, type TenantScope } from '@cairn/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { auditEntryOf } from '../writes/audit-entry.js';

const FORBIDDEN = 403;
/** Of what an address names. */
const LONGEST = 255;
/** So many callers and routes are told apart before the one denied longest ago is told anew. */
const MAX_KEYS = 10_000;

/** Puts into the audit log what callers who are known were not allowed to do: the same thing once a minute, so that nobody fills it by asking. */
export class DenialRecorder {
  private readonly told = new RateTable(1, MAX_KEYS);

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  listen(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', (request, reply, done) => {
      const principal = reply.statusCode === FORBIDDEN ? principalIfKnown(request) : undefined;
      if (principal) this.note(request, principal);
      done();
    });
  }

  private note(request: FastifyRequest, { scope }: Principal): void {
    const route = `${request.method} ${request.routeOptions.url ?? ''}`;
    const [key, now] = [`${scope.orgId} ${scope.actor} ${route}`, performance.now()];
    if (this.told.look(key, now).waitMs > 0) return;
    this.told.take(key, now);
    // Behind the answer: a refusal has no effect that its entry could be committed with.
    this.record(request, route, scope).catch((err: unknown) => {
      this.told.forget(key); // the next one is told
      this.log.warn({ err, route }, 'denial could not be put into the audit log');
    });
  }

  private record(request: FastifyRequest, route: string, scope: TenantScope): Promise<void> {
    // Nobody has looked at what was sent: of the address only what can be kept, and nothing of the body.
    const params = Object.fromEntries(Object.entries((request.params ?? {}) as Record<string, string>).filter(([, text]) => flawOfText(text) === undefined));
    const entry = auditEntryOf({ route, params, body: undefined, correlationId: request.id }, undefined);
    return this.database.tenant(scope, (sql) =>
      appendAudit(sql, scope, { ...entry, action: `denied ${entry.action}`, thing: entry.thing?.slice(0, LONGEST) ?? null }),
    );
  }
}
