import { writeFileSync, writeSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { leaveOthersTheProcessor, PermanentJobError } from '@cairn/common/contracts';
import { frameOf, framesIn } from './frames.js';

export type ChildAnswer = { answer: unknown } | { refusal: { code: string; message: string } };

/** Where a child says its answer. Not stdout: libraries print there. */
export const ANSWER_FD = 3;

/** The whole life of a child that `runInChild` started: reads what it was given, works, answers, ends. */
export async function answerParent<Options>(work: (bytes: Uint8Array, options: Options) => Promise<unknown>): Promise<never> {
  leaveOthersTheProcessor();
  const options = JSON.parse(process.argv[2] as string) as Options;
  const bytes = await buffer(process.stdin);
  writeFileSync(ANSWER_FD, JSON.stringify(await answerOf(() => work(bytes, options))));
  process.exit(0);
}

/** The whole life of a child that `SharedChild` started: options and bytes, an answer, the next ones, until nothing more comes. */
export async function answerParentOften<Options>(work: (bytes: Uint8Array, options: Options) => Promise<unknown>): Promise<never> {
  leaveOthersTheProcessor();
  let options: Options | undefined;
  for await (const frame of framesIn(process.stdin, Number.POSITIVE_INFINITY)) {
    if (options === undefined) {
      options = JSON.parse(frame.toString()) as Options;
      continue;
    }
    const given = options;
    options = undefined;
    const answer = Buffer.from(JSON.stringify(await answerOf(() => work(frame, given))));
    for (const piece of frameOf(answer)) writeWhole(piece);
  }
  process.exit(0);
}

function writeWhole(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(ANSWER_FD, bytes, at);
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
