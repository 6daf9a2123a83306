import { type Access, appendAudit, checkIdempotencyKey, type Database, keptAnswer, type OrgRole, once, type Sql, type TenantScope } from '@cairn/common';
import { auditEntryOf } from './audit-entry.js';

/** What a write needs to know about its request. */
export interface WriteRequest {
  scope: TenantScope;
  access: Access;
  /** What the caller is in the organisation; null where nobody said. */
  role: OrgRole | null;
  /** Whether the organisation made him an admin or owner of it, and these credentials reach as far. */
  administers: boolean;
  /** Method and route template. */
  route: string;
  /** Path parameters and body: what makes it another request. */
  content: unknown;
  params: Record<string, string>;
  body: unknown;
  idempotencyKey: string | undefined;
  correlationId: string;
  traceparent: string | undefined;
}

export { IDEMPOTENT } from '@cairn/common';

/** A write that needs what is looked up before its transaction. */
interface Prepared<P, T> {
  prepare: () => Promise<P>;
  work: (sql: Sql, prepared: P) => Promise<T>;
}

/** Runs the effect of a write: once per Idempotency-Key where the client sent one, in the shortest way where it did not. */
export class WriteRunner {
  constructor(private readonly database: Database) {}

  /** `work` gets a transaction, or none when it may commit its own single statement. Statements that need one ask for it by `transaction`. */
  async run<T>(request: WriteRequest, status: number, work: (sql: Sql | undefined) => Promise<T>): Promise<T> {
    const { scope, route, content } = request;
    const key = checkIdempotencyKey(request.idempotencyKey);
    if (key === undefined) return work(undefined);
    const answer = await once(this.database, scope, { route, key, content }, async (sql) => ({ status, body: await work(sql) }));
    return answer.body as T;
  }

  /** Like `run`, for work of several statements: it always gets a transaction, and what it did is in the audit log. */
  transaction<T>(request: WriteRequest, status: number, work: (sql: Sql) => Promise<T>): Promise<T> {
    const audited = async (sql: Sql): Promise<T> => {
      const answer = await work(sql);
      await appendAudit(sql, request.scope, auditEntryOf(request, answer));
      return answer;
    };
    return this.run(request, status, (sql) => (sql ? audited(sql) : this.database.tenant(request.scope, audited)));
  }

  /** Like `transaction`, with what `prepare` finds outside of it. A repeat gets the first answer, also where what was found then is gone by now. */
  async prepared<P, T>(request: WriteRequest, status: number, { prepare, work }: Prepared<P, T>): Promise<T> {
    const { scope, route, content } = request;
    const key = checkIdempotencyKey(request.idempotencyKey);
    const kept = key === undefined ? undefined : await keptAnswer(this.database, scope, { route, key, content });
    if (kept) return kept.body as T;
    const prepared = await prepare();
    return this.transaction(request, status, (sql) => work(sql, prepared));
  }
}
