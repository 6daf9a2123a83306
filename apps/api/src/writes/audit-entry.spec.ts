import { describe, expect, it } from '@jest/globals';
import { auditEntryOf } from './audit-entry.js';

const said = (route: string, body: unknown) => ({ route, params: { id: 'c' }, body, correlationId: 'x' });

describe('an entry of the audit log', () => {
  it.each(['PATCH', 'PUT'])('T12: names the fields that a %s changed, and not what is in them', (method) => {
    const { details } = auditEntryOf(said(`${method} /api/v2/collections/:id`, { description: 'secret', is_public: true, 'what somebody wrote': 1 }), {});
    expect(details).toEqual({ id: 'c', is_public: true, fields: ['description', 'is_public'] });
  });

  it('T12: names no fields of what makes something', () => {
    expect(auditEntryOf(said('POST /api/v2/collections/:id/clone', { name: 'secret' }), {}).details).toEqual({ id: 'c' });
    expect(auditEntryOf(said('PATCH /documents/:id', undefined), {}).details).toEqual({ id: 'c' });
  });
});
