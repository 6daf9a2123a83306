import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as hostile from '../../../ingest/src/fixtures/files/hostile.js';
import { samples } from '../../../ingest/src/fixtures/files/samples.js';
import { Random } from '../chaos/random.js';
import { TestSystem } from '../system/test-system.js';
import { CollectionClient, type DocumentReply, type File } from './collection-client.js';

/** `HOSTILE_FILES=1000 npm test -- hostile-files` tries as many; here a few of each kind. */
const COUNT = Number(process.env.HOSTILE_FILES ?? 60);
const PER_REQUEST = 20;
const WITHIN_MS = 1_200_000;

let system: TestSystem;
beforeAll(async () => {
  system = await TestSystem.start();
}, 120_000);
afterAll(() => system?.stop());

/** What somebody would send to break a parser, and then samples of every format that were tampered with. */
async function hostileFiles(count: number): Promise<File[]> {
  const made: [string, Uint8Array][] = [
    ['bomb.docx', hostile.zipBomb(30)],
    ['lies.docx', hostile.lyingZip()],
    ['laughs.docx', hostile.entityBomb()],
    ...hostile.externalEntities().map((bytes, at): [string, Uint8Array] => [`outside-${at}.docx`, bytes]),
    ['circle.pdf', hostile.circularPages()],
    ['circle-form.pdf', hostile.circularForm()],
    ['forms.pdf', hostile.billionForms()],
    ['pages.pdf', hostile.manyPages(2_000)],
    ['huge-page.pdf', hostile.hugePage()],
    ['active.pdf', hostile.activePdf()],
    ['locked.pdf', hostile.lockedPdf()],
    ['deep.json', hostile.nested('[', ']', 100_000)],
    ['deep.html', hostile.nested('<div>', '</div>', 100_000)],
    ['line.txt', Buffer.alloc(5_000_000, 'x')],
  ];
  const random = new Random(77);
  const all = Object.entries(await samples());
  while (made.length < count) {
    const [name, bytes] = random.pick(all);
    made.push([`tampered-${made.length}-${name}`, tamperedWith(Buffer.from(bytes), random)]);
  }
  return made.slice(0, count).map(([name, bytes]) => [name, new Uint8Array(bytes), 'application/octet-stream']);
}

function tamperedWith(bytes: Buffer, random: Random): Buffer {
  const [from, to] = [random.below(bytes.length), random.below(bytes.length)].sort((a, b) => a - b) as [number, number];
  const way = random.below(4);
  if (way === 0) return bytes.subarray(0, Math.max(1, to));
  if (way === 1) return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  if (way === 2) return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to), Buffer.from('x')]);
  const noisy = Buffer.from(bytes);
  for (let at = 0; at < 20; at++) noisy[random.below(bytes.length)] = random.below(256);
  return noisy;
}

it(
  `R7, I5: ${COUNT} hostile files are read or fail alone with a reason, and the worker that read them lives`,
  async () => {
    const [victim, bystander] = [await CollectionClient.make(system.client()), await CollectionClient.make(system.client())];
    await bystander.add([{ external_id: 'before', text: 'a quiet note about lanterns' }]);
    const worker = system.service('worker').pid;
    const files = await hostileFiles(COUNT);
    const operations: string[] = [];
    for (let at = 0; at < files.length; at += PER_REQUEST) {
      const { status, body } = await victim.upload(files.slice(at, at + PER_REQUEST));
      expect([status, body]).toEqual([202, expect.objectContaining({ operation_id: expect.any(String) })]);
      operations.push(body.operation_id);
    }
    await bystander.add([{ external_id: 'meanwhile', text: 'a quiet note about candles' }]);
    for (const operation of operations) await victim.ended(operation, WITHIN_MS);

    const documents: DocumentReply[] = [];
    for (let page = 1; documents.length < COUNT; page++) {
      const some = await victim.documents(`&page=${page}`);
      if (some.length === 0) break;
      documents.push(...some);
    }
    expect(documents).toHaveLength(COUNT);
    const strange = documents.filter(
      ({ status, error_message, error_code }) => status === 'failed' && !(error_code && error_message && error_message.length > 20),
    );
    expect(strange).toEqual([]);
    expect(documents.filter(({ status }) => !['completed', 'failed'].includes(status))).toEqual([]);
    // Some are refused, and some of those that were tampered with can still be read.
    expect(new Set(documents.map(({ status }) => status))).toEqual(new Set(['completed', 'failed']));
    expect([system.service('worker').running, system.service('worker').pid]).toEqual([true, worker]);
    expect((await bystander.texts('quiet')).sort()).toEqual(['a quiet note about candles', 'a quiet note about lanterns']);
  },
  WITHIN_MS,
);
