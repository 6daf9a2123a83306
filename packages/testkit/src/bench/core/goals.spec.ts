import { expect, test } from '@jest/globals';
import { percent, times } from './format.js';
import { bestOf, judge, notMeasured } from './goals.js';

const question = { goal: 'G0', what: 'something' };

test('a goal is met, or missed, by the ratio', () => {
  const baseline = { name: 'peer', rounds: [100, 101, 99] };
  const fast = { name: 'ours', rounds: [200, 202, 198] };
  expect(judge({ ...question, subject: fast, baseline, limit: { atLeast: 1.5 } })).toMatchObject({ ratio: 2, verdict: 'met' });
  expect(judge({ ...question, subject: fast, baseline, limit: { atMost: 1.5 } }).verdict).toBe('missed');
});

test('nothing is compared with a baseline that varies by more than a fifth', () => {
  const baseline = { name: 'peer', rounds: [100, 125, 100] };
  const judged = judge({ ...question, subject: { name: 'ours', rounds: [900, 900, 900] }, baseline, limit: { atLeast: 1.5 } });
  expect(judged.verdict).toBe('noisy: not comparable');
});

test('what was not measured has no figures, also when it is read back from a file', () => {
  const goal = JSON.parse(JSON.stringify(notMeasured({ ...question, baseline: 'peer', limit: { atLeast: 1 } })));
  expect([times(goal.ratio), goal.verdict, percent(goal.baselineSpread)]).toEqual(['–', 'not measured', '–']);
});

test('the best mode of a peer is the fastest, or the quickest to answer', () => {
  const modes = [
    { name: 'a', rounds: [1, 2, 3] },
    { name: 'b', rounds: [4, 5, 6] },
  ];
  expect(bestOf(modes, 'higher').name).toBe('b');
  expect(bestOf(modes, 'lower').name).toBe('a');
});
