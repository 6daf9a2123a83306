import { writeFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { PermanentJobError } from '@cairn/common/contracts';

export type ChildAnswer = { answer: unknown } | { refusal: { code: string; message: string } };

/** Where a child says its answer. Not stdout: libraries print there. */
export const ANSWER_FD = 3;

/** The whole life of a child that `runInChild` started: reads what it was given, works, answers, ends. */
export async function answerParent<Options>(work: (bytes: Uint8Array, options: Options) => Promise<unknown>): Promise<never> {
  const options = JSON.parse(process.argv[2] as string) as Options;
  const bytes = await buffer(process.stdin);
  writeFileSync(ANSWER_FD, JSON.stringify(await answerOf(() => work(bytes, options))));
  process.exit(0);
}

/** What is refused is an answer; everything else breaks the process, and the parent hears of that. */
async function answerOf(work: () => Promise<unknown>): Promise<ChildAnswer> {
  try {
    return { answer: await work() };
  } catch (error) {
    if (error instanceof PermanentJobError) return { refusal: { code: error.code, message: error.message } };
    throw error;
  }
}
