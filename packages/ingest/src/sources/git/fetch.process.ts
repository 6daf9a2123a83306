import { CairnError, type ErrorCode } from '@cairn/common/contracts';
import { answerParent } from '../../child/answer-parent.js';
import { type Fetch, fetchRepository } from './fetch-repository.js';

export type FetchAnswer = { commit: string } | { code: ErrorCode; message: string };

// The description comes as bytes, not as options: the token in it is nothing for the list of processes.
void answerParent(async (bytes): Promise<FetchAnswer> => {
  try {
    return { commit: await fetchRepository(JSON.parse(bytes.toString()) as Fetch) };
  } catch (error) {
    if (error instanceof CairnError) return { code: error.code, message: error.message };
    throw error;
  }
});
