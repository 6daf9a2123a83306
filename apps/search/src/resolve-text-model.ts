import { CairnError, type ModelDirectory } from '@cairn/common';
import { MOCK_MODEL, type ModelName, resolveModel } from '@cairn/models/catalogue';

/** The model of this label that reads texts; the built-in one without a label. */
export async function resolveTextModel(label: string | undefined, models: ModelDirectory): Promise<ModelName> {
  const model = await resolveModel(label ?? 'default', () => models.list());
  if (model.id !== MOCK_MODEL.id) return model;
  throw new CairnError('unknown_model', 'Mock vectors are made of ids, not of meaning: texts cannot be compared with them. Leave model out.');
}
