import { StagedCollection } from '../staged-collection.js';
import { must } from '../violation.js';
import type { Scenario } from './scenario.js';

const TEXT = 'the same words in two collections';

/** Two collections with the same text: a search of one finds nothing of the other, and a colleague sees neither of them. */
export const collectionsAreApart: Scenario = async (stage) => {
  const one = await StagedCollection.open(stage);
  const other = await StagedCollection.open(stage, {}, one.client);
  const [mine] = [await one.add('mine', TEXT), await other.add('theirs', TEXT)];
  for (const search_mode of ['dense', 'keyword']) {
    const body = { query: TEXT, collection_uuids: [one.id], search_mode };
    const answer = await one.client.call<{ results: { external_id: string }[] }>('POST', '/api/v2/search', body);
    must(
      answer.status === 200,
      'G11',
      `with two collections in one space a ${search_mode} search is answered ${answer.status}: chunks of the other reached the last wall`,
    );
    const found = answer.body.results.map(({ external_id }) => external_id);
    must(found.join() === 'mine', 'G11', `a ${search_mode} search of one collection found ${JSON.stringify(found)}`);
  }
  const colleague = one.client.as({ ...one.client.person, sub: 'a colleague' });
  const tries: [string, string, object?][] = [
    ['GET', `/api/v2/collections/${one.id}`],
    ['GET', `/api/v2/documents/${mine}/chunks`],
    ['POST', '/api/v2/search', { query: TEXT, collection_uuids: [one.id] }],
    ['POST', `/api/v2/collections/${one.id}/documents`, { documents: [{ text: 'from a colleague' }] }],
    ['DELETE', `/api/v2/documents/${mine}`],
  ];
  for (const [method, path, body] of tries) {
    const { status } = await colleague.call(method, path, body);
    must(status === 404, 'G11', `${method} ${path.replaceAll(/[0-9a-f-]{36}/g, '…')} of a colleague's collection was answered ${status}`);
  }
};
