import { ApiClient } from '../../system/api-client.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

export const revokedKeyIsRefused: Scenario = async (stage) => {
  const admin = stage.client();
  const { id, key } = await admin.ok<{ id: string; key: string }>('POST', '/api-keys', { name: 'to be revoked', scopes: ['read'] });
  const holder = new ApiClient(stage.system.baseUrl, admin.person, key);
  must((await holder.call('GET', '/jobs')).status === 200, 'G11', 'a new key was refused');
  await admin.ok('DELETE', `/api-keys/${id}`);
  const { status } = await holder.call('GET', '/jobs');
  must(status === 401, 'G11', `a request with a revoked key was answered ${status}`);
};
