import { CollectionClient } from '../../acceptance/collection-client.js';
import type { ApiClient } from '../../system/api-client.js';
import type { BenchContext } from '../core/bench.js';
import { MadeTexts } from '../corpus/made-texts.js';
import type { Size } from './setting.js';

const DOCUMENTS_OF_MANY = 2;
const AT_ONCE = 4;
/** Documents of one request; the operation of that many ends within the patience of the client. */
const MOST_AT_ONCE = 400;

const nameOf = (family: string, at: number): string => `${family}_${String(at).padStart(3, '0')}`;

/** Two families, and one collection with everything of the first. */
export async function makeCollections(context: BenchContext, client: ApiClient, size: Size): Promise<void> {
  const texts = new MadeTexts(71);
  const documentsOf = (name: string, count: number) =>
    Array.from({ length: count }, (_, at) => ({ external_id: `${name} ${at}`, text: texts.next().text, metadata: { part: name, n: at } }));
  const members = Array.from({ length: size.members }, (_, at) => nameOf('member', at)).map((name) => ({ name, documents: documentsOf(name, size.documents) }));
  const many = Array.from({ length: size.many }, (_, at) => nameOf('many', at)).map((name) => ({ name, documents: documentsOf(name, DOCUMENTS_OF_MANY) }));
  const whole = { name: 'whole', documents: members.flatMap(({ documents }) => documents) };
  const left = [whole, ...members, ...many];
  const work = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const collection = await CollectionClient.make(client, { name: next.name });
      for (let start = 0; start < next.documents.length; start += MOST_AT_ONCE) await collection.add(next.documents.slice(start, start + MOST_AT_ONCE));
      if (left.length % 50 === 0) context.log(`${left.length} collections are left to make`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const [name, of] of Object.entries({ members, many })) {
    const collections = of.map((one) => one.name);
    const values = Object.fromEntries(collections.map((one) => [one, [one]]));
    await client.ok('POST', '/api/v2/families', { name, collections, route: { field: 'part', values } });
  }
}
