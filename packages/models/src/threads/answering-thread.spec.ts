import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AnsweringThread } from '../../dist/threads/answering-thread.js';

const entry = pathToFileURL(join(import.meta.dirname, '..', 'fixtures', 'answering.thread.mjs'));
const stopped = { code: 'unavailable', dependency: 'model' };

describe('a thread that answers', () => {
  let thread: AnsweringThread<string, string>;
  beforeEach(() => {
    thread = new AnsweringThread({ entry, name: 'answering' });
  });
  afterEach(() => thread.stop());

  it('that dies rejects what it had in hand, and the next request gets a new one', async () => {
    await expect(thread.ask('die')).rejects.toThrow('The thread answering ended with code 7');
    expect(await thread.ask('again')).toBe('again');
  });

  it('that cannot answer says why, and goes on', async () => {
    await expect(thread.ask('fail')).rejects.toThrow('answering: it cannot be read');
    expect(await thread.ask('again')).toBe('again');
  });

  it('that is stopped rejects what it had in hand as an outage, and whatever comes', async () => {
    await thread.ask('begin');
    const [inHand, next] = [thread.ask('hang'), thread.ask('next')].map((asked) => expect(asked).rejects.toMatchObject(stopped));
    const stopping = thread.stop();
    await expect(thread.ask('while it stops')).rejects.toMatchObject(stopped);
    await Promise.all([inHand, next, stopping]);
    await expect(thread.ask('afterwards')).rejects.toMatchObject(stopped);
  });

  it('that is stopped before it was asked never begins', async () => {
    await thread.stop();
    await expect(thread.ask('too late')).rejects.toMatchObject(stopped);
  });
});
