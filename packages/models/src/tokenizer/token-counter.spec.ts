import { describe, expect, it } from '@jest/globals';
import type { OnnxModel, RemoteModel } from '../catalogue/model.js';
import { BUILT_IN_MODEL, MOCK_MODEL } from '../catalogue.js';
import { makeEnsemble } from '../ensemble/ensemble.js';
import { openTokenCounter, tokenCounterOf } from './token-counter.js';

const REMOTE: RemoteModel = {
  kind: 'remote',
  id: 'far-away',
  aliases: [],
  version: 'v1',
  dimension: 8,
  url: 'https://example.org/v1',
  remoteId: 'far-away',
  sendDimension: false,
  maxTokens: 1_000,
  queryPrefix: '',
  documentPrefix: 'passage: ',
};

const opened = (source: ReturnType<typeof tokenCounterOf>) => openTokenCounter(source.data);

describe('counting tokens', () => {
  it('goes by the tokenizer of a model, with its special tokens and its prefix', async () => {
    const plain = await opened(tokenCounterOf(BUILT_IN_MODEL));
    expect([plain.maxTokens, plain.count(''), plain.count('unaffordable'), plain.countWord(' unaffordable')]).toEqual([256, 2, 6, 4]);
    const prefixed = await opened(tokenCounterOf({ ...BUILT_IN_MODEL, documentPrefix: 'passage: ' }));
    expect(prefixed.count('hello')).toBe(plain.count('passage: hello'));
    expect(prefixed.countWord('hello')).toBe(1);
  });

  it('is a guess for a model at a provider, which leaves room for what is not known', async () => {
    const counter = await opened(tokenCounterOf(REMOTE));
    expect(counter.maxTokens).toBe(800);
    expect(counter.countWord('unaffordable')).toBe(3);
    expect(counter.countWord('2026')).toBe(2);
    expect(counter.countWord('漢字')).toBe(2);
    expect(counter.countWord('👋🏽')).toBe(4);
    expect(counter.count('hello')).toBe(2 + 1 + 2);
  });

  it('goes by the member of an ensemble that counts most', async () => {
    const short: OnnxModel = { ...BUILT_IN_MODEL, id: 'short', maxTokens: 64, documentPrefix: 'search document: ' };
    const { members, dimension } = makeEnsemble({ models: [BUILT_IN_MODEL, short], weights: [0.5, 0.5] });
    const counter = await opened(tokenCounterOf({ kind: 'ensemble', id: 'both', aliases: [], version: 'v1', dimension, members, maxTokens: 64 }));
    expect([counter.maxTokens, counter.count('hello')]).toEqual([64, 6]);
  });

  it('does not limit texts of mock vectors', async () => {
    expect((await opened(tokenCounterOf(MOCK_MODEL))).maxTokens).toBeGreaterThan(32_768);
  });

  it('is described by data that a thread can be given', () => {
    const source = tokenCounterOf(BUILT_IN_MODEL);
    expect(structuredClone(source)).toEqual(source);
    expect(source.key).not.toBe(tokenCounterOf(REMOTE).key);
  });
});
