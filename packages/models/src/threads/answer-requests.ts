import { parentPort } from 'node:worker_threads';
import type { ThreadAnswer, ThreadRequest } from './answering-thread.js';

/** Makes this thread one that an `AnsweringThread` asks; one request after the other. */
export function answerRequests<Request, Answer>(answer: (request: Request) => Answer): void {
  const answerTo = ({ id, request }: ThreadRequest<Request>): ThreadAnswer<Answer> => {
    try {
      return { id, answer: answer(request) };
    } catch (error) {
      return { id, error: (error as Error).message };
    }
  };
  parentPort?.on('message', (request: ThreadRequest<Request>) => parentPort?.postMessage(answerTo(request)));
}
