import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';

/** A name becomes a part of a vector space and of a subject. */
export const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
export const A_MODEL_NAME = { message: '$property must be letters, digits, dots, hyphens and underscores, at most 100' };
export const MOST_DIMENSIONS = 65_535;

interface Named {
  id: string;
  aliases?: string[];
}

/** The models that a JSON list names; throws an Error that says everything that is wrong with it, and repeats no key. */
export function modelListOf<M extends Named>(type: new () => M, json: string): M[] {
  const list = parsed(json);
  if (!Array.isArray(list)) throw new Error('must be a list of models in JSON');
  const models = list.map((item) => plainToInstance(type, item as object));
  const wrong = models.flatMap((model, at) => problemsOf(model, type).map((problem) => `model ${at + 1}: ${problem}`));
  const names = models.flatMap((model) => [model?.id, ...(Array.isArray(model?.aliases) ? model.aliases : [])]);
  wrong.push(...names.filter((name, at) => names.indexOf(name) < at).map((name) => `two models have the name ${name}`));
  if (wrong.length > 0) throw new Error(wrong.join('; '));
  return models;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Error('is no JSON');
  }
}

function problemsOf(model: unknown, type: new () => object): string[] {
  if (!(model instanceof type)) return ['must be an object'];
  return validateSync(model, { whitelist: true, forbidNonWhitelisted: true }).flatMap(rulesOf);
}

function rulesOf({ constraints, children }: ValidationError): string[] {
  return [...Object.values(constraints ?? {}), ...(children ?? []).flatMap(rulesOf)];
}
