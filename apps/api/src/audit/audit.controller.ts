import { type AuditEntry, Caller, Database, Endpoint, FromQuery, listAudit, type TenantScope, verifyAuditChain } from '@cairn/common';
import { Controller } from '@nestjs/common';
import { ListAuditDto } from './audit.dto.js';

const TAG = 'Audit';
const PER_PAGE = 100;
const TEXT = { type: 'string' };
const TEXT_OR_NULL = { type: ['string', 'null'] };

const ENTRY = {
  id: { type: 'string', format: 'uuid' },
  at: { type: 'string', format: 'date-time' },
  actor: TEXT,
  action: TEXT,
  thing: TEXT_OR_NULL,
  correlation_id: TEXT,
  details: { type: 'object' },
  seq: { type: ['integer', 'null'], description: 'Its place in the chain; null for about a second.' },
  hash: TEXT_OR_NULL,
};
const ENTRIES = { type: 'array', items: { type: 'object', properties: ENTRY, required: Object.keys(ENTRY) } };
const CHAIN = { length: { type: 'integer' }, hash: TEXT_OR_NULL, broken_at: { type: ['integer', 'null'], description: 'The first link that does not fit.' } };

@Controller()
export class AuditController {
  constructor(private readonly database: Database) {}

  @Endpoint('GET /api/v2/audit', {
    summary: 'Who did what in the organisation, newest first.',
    permission: { scope: 'admin' },
    answers: { 200: { type: 'object', properties: { entries: ENTRIES, next_cursor: TEXT_OR_NULL }, required: ['entries', 'next_cursor'] } },
    tag: TAG,
  })
  async list(@Caller() scope: TenantScope, @FromQuery() { cursor, actor, action, limit = PER_PAGE }: ListAuditDto) {
    const entries = await this.database.tenant(scope, (sql) => listAudit(sql, scope, { before: cursor, actor, action, limit }));
    return { entries: entries.map(entryAnswer), next_cursor: entries.length < limit ? null : (entries.at(-1)?.id ?? null) };
  }

  @Endpoint('GET /api/v2/audit/chain', {
    summary: 'Whether the audit log is as it was written.',
    description: 'Every link is looked at. Keep `length` and `hash` elsewhere: a chain cannot say that its end was cut off.',
    permission: { scope: 'admin' },
    answers: { 200: { type: 'object', properties: CHAIN, required: Object.keys(CHAIN) } },
    tag: TAG,
  })
  async chain(@Caller() scope: TenantScope) {
    const { length, hash, brokenAt } = await this.database.tenant(scope, (sql) => verifyAuditChain(sql, scope));
    return { length, hash, broken_at: brokenAt };
  }
}

function entryAnswer({ id, at, actor, action, thing, correlationId, details, seq, hash }: AuditEntry) {
  return { id, at, actor, action, thing, correlation_id: correlationId, details, seq, hash };
}
