import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient } from './collection-client.js';

jest.setTimeout(90_000);

interface Template {
  name: string;
  built_in: boolean;
  settings: Record<string, unknown>;
}

const PATH = '/api/v2/collection-templates';
let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

describe('templates', () => {
  it('K8: each of those that are built in makes a collection that takes a document', async () => {
    const client = system.client();
    const { templates } = await client.ok<{ templates: Template[] }>('GET', PATH);
    expect(templates.length).toBeGreaterThanOrEqual(6);
    for (const { name, built_in, settings } of templates) {
      expect(built_in).toBe(true);
      const collection = await CollectionClient.make(client, { name: `of ${name}`, template: name });
      expect(await collection.detail()).toMatchObject(settings);
      await collection.add([{ text: `A lantern of ${name} hangs in the hall.` }]);
      expect(await collection.texts('lantern')).toEqual([`A lantern of ${name} hangs in the hall.`]);
    }
  });

  it('K8: what is asked for comes before what the template says, and is what is stored', async () => {
    const client = system.client();
    const asked = { template: 'legal', chunk_size: 800, chunk_overlap: 80, is_public: true };
    const made = await CollectionClient.make(client, asked);
    const detail = { chunk_size: 800, chunk_overlap: 80, is_public: true, chunking_strategy: 'hierarchical', quantization: 'float32' };
    expect(await made.detail()).toMatchObject(detail);
    expect(await client.call('POST', '/api/v2/collections', { name: 'x', template: 'nothing like it' })).toMatchObject({
      status: 422,
      body: { detail: expect.stringMatching(/"nothing like it".*"legal".*"transcripts"/), errors: [{ path: 'template' }] },
    });
  });

  it('K8: those of an organisation are kept, used and removed by whoever made them', async () => {
    const owner = system.client();
    const colleague = system.client({ org: owner.person.org, sub: randomUUID() });
    const settings = { chunk_size: 321, chunk_overlap: 20, chunking_strategy: 'sentence', metadata: { team: 'law' }, description: 'from ours' };
    expect(await owner.call('POST', PATH, { name: 'our own', description: 'for us', settings })).toMatchObject({
      status: 201,
      body: { name: 'our own', built_in: false, settings },
    });
    expect((await owner.call('POST', PATH, { name: 'our own', settings })).status).toBe(409);
    expect((await owner.call('POST', PATH, { name: 'legal', settings })).status).toBe(409);
    expect(await (await CollectionClient.make(colleague, { template: 'our own' })).detail()).toMatchObject(settings);
    expect((await colleague.call('DELETE', `${PATH}/our%20own`)).status).toBe(403);
    expect((await owner.call('DELETE', `${PATH}/our%20own`)).status).toBe(204);
    expect((await owner.call('DELETE', `${PATH}/our%20own`)).status).toBe(404);
    expect((await owner.call('DELETE', `${PATH}/legal`)).status).toBe(404);
    expect((await owner.call('GET', `${PATH}/our%20own`)).status).toBe(404);
  });

  it('T11: settings that no collection could have are refused when the template is made', async () => {
    const client = system.client();
    const rows: [settings: unknown, status: number, said: string][] = [
      [{ chunk_size: 0 }, 422, 'chunk_size'],
      [{ chunk_size: 100, chunk_overlap: 100 }, 422, 'chunk_overlap'],
      [{ chunking_strategy: 'guess' }, 422, 'strategy'],
      [{ chunking_strategy: 'sentence', chunking_config: { heading_depth: 2 } }, 422, 'heading_depth'],
      [{ embedding_model: 'nope' }, 400, 'nope'],
      [{ name: 'a name' }, 400, 'name'],
      ['x', 422, 'settings'],
    ];
    for (const [settings, status, said] of rows) {
      const reply = await client.call('POST', PATH, { name: randomUUID(), settings });
      expect([settings, reply.status, JSON.stringify(reply.body).includes(said)]).toEqual([settings, status, true]);
    }
  });
});
