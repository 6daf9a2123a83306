import {
  type ApiKey,
  CairnError,
  Caller,
  createApiKey,
  Database,
  Endpoint,
  FromBody,
  IdFromPath,
  listApiKeys,
  readableCollectionIds,
  revokeApiKey,
  type TenantScope,
} from '@cairn/common';
import { Controller } from '@nestjs/common';
import { Write } from '../writes/write-request.decorator.js';
import { type WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { CreateApiKeyDto } from './api-keys.dto.js';

const TAG = 'API keys';
const KEY_FIELDS = {
  id: { type: 'string', format: 'uuid' },
  name: { type: 'string' },
  scopes: { type: 'array', items: { type: 'string' } },
  collections: { type: ['array', 'null'], items: { type: 'string' } },
  created_by: { type: 'string' },
  created_at: { type: 'string', format: 'date-time' },
  expires_at: { type: ['string', 'null'] },
  revoked_at: { type: ['string', 'null'] },
  last_used_at: { type: ['string', 'null'] },
};

@Controller()
export class ApiKeysController {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  // No Idempotency-Key: the answer holds the secret, which is kept nowhere.
  @Endpoint('POST /api-keys', {
    summary: 'Make an API key. Its text is shown once.',
    permission: { scope: 'admin' },
    unknownFields: 'refuse',
    answers: { 201: { type: 'object', properties: { id: { type: 'string' }, key: { type: 'string' } }, required: ['id', 'key'] } },
    tag: TAG,
  })
  async create(@Write() write: WriteRequest, @FromBody() dto: CreateApiKeyDto) {
    const expiresAt = dto.expires_at === undefined ? undefined : new Date(dto.expires_at);
    if (expiresAt && expiresAt.getTime() <= Date.now()) {
      throw new CairnError('invalid_input', 'expires_at lies in the past, so the key would never work.', {
        errors: [{ path: 'expires_at', message: 'must lie in the future' }],
      });
    }
    const maker = { scope: write.scope, userId: write.access.userId, role: write.role };
    return this.writes.transaction({ ...write, idempotencyKey: undefined }, 201, async (sql) => {
      const collections = dto.collections && (await readableCollectionIds(sql, write.access, dto.collections, 'collections'));
      const { id, key } = await createApiKey(sql, maker, { name: dto.name, scopes: dto.scopes, collections, expiresAt });
      return { id, key };
    });
  }

  @Endpoint('GET /api-keys', {
    summary: 'The API keys of the organisation, without their secrets.',
    permission: { scope: 'admin' },
    answers: {
      200: { type: 'object', properties: { api_keys: { type: 'array', items: { type: 'object', properties: KEY_FIELDS } } }, required: ['api_keys'] },
    },
    tag: TAG,
  })
  async list(@Caller() scope: TenantScope) {
    const keys = await this.database.tenant(scope, (sql) => listApiKeys(sql, scope));
    return { api_keys: keys.map(viewOf) };
  }

  @Endpoint('DELETE /api-keys/{id}', {
    summary: 'Revoke an API key; the next request with it is refused.',
    permission: { scope: 'admin' },
    answers: { 204: 'Revoked' },
    tag: TAG,
  })
  async revoke(@Write() write: WriteRequest, @IdFromPath('id', 'API key') id: string): Promise<void> {
    await this.writes.transaction(write, 204, (sql) => revokeApiKey(sql, write.scope, id));
  }
}

function viewOf(key: ApiKey) {
  return {
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    collections: key.collections,
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
  };
}
