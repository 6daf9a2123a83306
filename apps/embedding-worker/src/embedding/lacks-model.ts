import { DependencyError, type ModelDirectory, PermanentJobError } from '@cairn/common';
import { howToGetBack } from '@cairn/models';

/** Why a job whose vectors belong in this space cannot be done here: another worker may have the model, and the job is put back and not counted, or none has it any more. */
export async function lacksModel(space: string, directory: ModelDirectory): Promise<Error> {
  const listed = (await directory.list()).find((one) => one.kind !== 'reranker' && one.space === space);
  if (listed?.status === 'removed') return new PermanentJobError('model_not_installed', `${howToGetBack(listed)} Then retry the job.`);
  return new DependencyError('model', `This worker has no model for the space ${space}.`);
}
