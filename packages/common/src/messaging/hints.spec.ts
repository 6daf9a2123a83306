import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { Hints } from './hints.js';
import { Subjects } from './subjects.js';

const subjects = new Subjects('test');
let sent: string[];
let hints: Hints;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  const connection = { isClosed: () => false, publish: (subject: string) => sent.push(subject) } as unknown as NatsConnection;
  hints = new Hints(() => connection, subjects);
});
afterEach(() => void jest.useRealTimers());

test('the dispatcher is woken at once, and once more for all that came right after', () => {
  for (let job = 0; job < 50; job++) hints.wakeDispatcher();
  expect(sent).toEqual([subjects.wake]);
  jest.runAllTimers();
  expect(sent).toEqual([subjects.wake, subjects.wake]);
});

test('a lone wake-up is not repeated, and the next one goes at once again', () => {
  hints.wakeDispatcher();
  jest.runAllTimers();
  expect(sent).toHaveLength(1);
  hints.wakeDispatcher();
  expect(sent).toHaveLength(2);
});
