import { readFileSync } from 'node:fs';
import type { StackFacts } from '@cairn/stack';

/** The servers that `npm test` started, shared by all suites; each suite takes a database and a namespace of its own. */
export function sharedStack(): StackFacts {
  const file = process.env.STACK_JSON;
  if (!file) throw new Error('STACK_JSON is not set: run the tests by `npm test -- <pattern>`, which starts the servers');
  return JSON.parse(readFileSync(file, 'utf8')) as StackFacts;
}
