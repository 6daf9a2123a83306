import { afterEach, describe, expect, it } from '@jest/globals';
import { BUILT_IN_MODEL, makeTokenizer } from '../../dist/index.js';
import { ModelTokenizer } from '../../dist/runtime/model-tokenizer.js';
import { readTokenizerFile } from './model-files.js';

const MEGABYTE = 'the Ferry léaves at noon 🙂, '.repeat(36_000);

describe('the tokenizer of a model', () => {
  let opened: ModelTokenizer | undefined;
  afterEach(() => opened?.stop());

  const data = async () => ({ json: await readTokenizerFile(BUILT_IN_MODEL), maxTokens: BUILT_IN_MODEL.maxTokens });
  const refuse = () => {
    throw new Error('it was read where everybody waits for it');
  };

  it('T3: reads a long text in another thread, with the same tokens', async () => {
    const { json, maxTokens } = await data();
    const [plain, tokenizer] = [makeTokenizer(json, maxTokens), new ModelTokenizer({ encode: refuse, encodePair: refuse }, { json, maxTokens })];
    opened = tokenizer;
    expect(await tokenizer.encode(MEGABYTE)).toEqual(plain.encode(MEGABYTE));
    expect(await tokenizer.encodePair('when does it go?', MEGABYTE)).toEqual(plain.encodePair('when does it go?', MEGABYTE));
    expect(await tokenizer.encodePair(MEGABYTE, 'at noon')).toEqual(plain.encodePair(MEGABYTE, 'at noon'));
  });

  it('T3: reads a short text at once, and rejects what is in hand when it stops', async () => {
    opened = await ModelTokenizer.open(BUILT_IN_MODEL);
    expect(await opened.encode('at noon')).toMatchObject({ tokens: 4, readTokens: 4 });
    const lost = expect(opened.encode(MEGABYTE)).rejects.toMatchObject({ code: 'unavailable', dependency: 'model' });
    await Promise.all([opened.stop(), lost]);
  });
});
