import { CairnError } from '@cairn/common/contracts';
import type { EnsembleMember, ModelName } from '../catalogue/model.js';

export interface EnsembleSettings<M extends ModelName> {
  models: readonly M[];
  /** One for each model; equal when absent. */
  weights?: readonly number[];
  /** The dimension of the ensemble's vectors; needed when the models have different ones. */
  dimension?: number;
}

/** Models whose vectors can be mixed, and how. Made by `makeEnsemble` only. */
export interface Ensemble<M extends ModelName = ModelName> {
  members: readonly EnsembleMember<M>[];
  dimension: number;
}

/** Checks everything that can be wrong before any work is done; throws a CairnError that names the setting and the models. */
export function makeEnsemble<M extends ModelName>({ models, weights, dimension }: EnsembleSettings<M>): Ensemble<M> {
  checkModels(models);
  const shares = sharesOf(weights ?? models.map(() => 1), models.length);
  return { members: models.map((model, at) => ({ model, weight: shares[at] as number })), dimension: commonDimension(models, dimension) };
}

function refuse(path: keyof EnsembleSettings<ModelName>, message: string): never {
  throw new CairnError('invalid_input', message, { errors: [{ path, message }] });
}

function checkModels(models: readonly ModelName[]): void {
  if (models.length === 0) refuse('models', 'An ensemble needs at least one model.');
  const ids = models.map(({ id }) => id);
  const twice = ids.find((id, at) => ids.indexOf(id) < at);
  if (twice !== undefined) refuse('models', `The model ${twice} is in the ensemble twice, perhaps under two names. Give it more weight instead.`);
}

function sharesOf(weights: readonly number[], models: number): number[] {
  if (weights.length !== models) refuse('weights', `There are ${weights.length} weights for ${models} models. Give one for each.`);
  const wrong = weights.find((weight) => !(Number.isFinite(weight) && weight >= 0));
  if (wrong !== undefined) refuse('weights', `A weight is ${wrong}. Weights are numbers from 0 upwards.`);
  const largest = Math.max(...weights);
  if (largest === 0) refuse('weights', 'All weights are 0. At least one model must count.');
  // Divided by the largest first: the sum of huge weights would be infinite.
  const scaled = weights.map((weight) => weight / largest);
  const sum = scaled.reduce((total, weight) => total + weight, 0);
  return scaled.map((weight) => weight / sum);
}

const dimensionsOf = ({ dimension, shorterDimensions = [] }: ModelName): number[] => [dimension, ...shorterDimensions];
const supports = (model: ModelName, dimension: number): boolean => dimensionsOf(model).includes(dimension);

function commonDimension([first, ...others]: readonly ModelName[], wanted: number | undefined): number {
  const models = [first as ModelName, ...others];
  if (wanted !== undefined) return supportedByAll(models, wanted);
  const own = models.map(({ dimension }) => dimension);
  if (new Set(own).size === 1) return own[0] as number;
  const listed = models.map(({ id, dimension }) => `${id} (${dimension})`).join(', ');
  refuse('dimension', `The vectors of these models have different dimensions and cannot be mixed: ${listed}. ${adviceFor(models)}`);
}

function supportedByAll(models: readonly ModelName[], wanted: number): number {
  const without = models.filter((model) => !supports(model, wanted));
  if (without.length === 0) return wanted;
  const listed = without.map((model) => `${model.id} (${dimensionsOf(model).join(', ')})`).join('; ');
  refuse('dimension', `The dimension ${wanted} is not one of those that these models support: ${listed}. ${adviceFor(models)}`);
}

function adviceFor(models: readonly ModelName[]): string {
  const common = dimensionsOf(models[0] as ModelName).filter((dimension) => models.every((model) => supports(model, dimension)));
  if (common.length === 0) return 'They have no dimension in common: choose other models.';
  return `Choose a dimension that all of them support: ${common.join(', ')}.`;
}
