import type { Metrics } from '@cairn/common';
import type { LaneInfo, ModelPool, PooledModelInfo, RunReport } from '@cairn/models';
import type { RemoteModels } from './remote-models.js';

const LANES = ['documents', 'queries', 'images'] as const;
const OUTCOMES = ['done', 'failed', 'too_large'] as const;

/** Shows what the models do: texts, images, tokens and seconds of inference for each model and lane, and how many wait. */
export function watchModels(metrics: Metrics, pool: ModelPool, remotes: RemoteModels): void {
  const models = [...pool.models, ...remotes.models].map(({ id }) => id);
  const labels = { model: models, lane: LANES };
  const texts = metrics.counter({ name: 'model_texts_total', help: 'Texts and images embedded or scored.', labels });
  const tokens = metrics.counter({ name: 'model_tokens_total', help: 'Tokens of these texts.', labels });
  const padded = metrics.counter({ name: 'model_padded_tokens_total', help: 'Tokens computed, padding included.', labels });
  const runs = metrics.counter({ name: 'model_runs_total', help: 'Runs of a model by how they ended.', labels: { ...labels, outcome: OUTCOMES } });
  const seconds = metrics.histogram({
    name: 'model_run_seconds',
    help: 'Duration of runs that gave vectors or scores.',
    labels,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const note = (run: RunReport) => {
    const { model, lane } = run;
    runs.add(1, { model, lane, outcome: run.outcome });
    if (run.outcome !== 'done') return;
    texts.add(run.texts, { model, lane });
    tokens.add(run.tokens, { model, lane });
    padded.add(run.paddedTokens, { model, lane });
    seconds.observe(run.seconds, { model, lane });
  };
  pool.watch(note);
  remotes.watch(note);
  metrics.gaugesOf({ name: 'model_waiting', help: 'Texts and images that wait for a run.', labels }, () =>
    partsByModel(pool).flatMap(([model, parts]) => LANES.map((lane) => ({ labels: { model, lane }, value: waitingIn(parts, lane) }))),
  );
  metrics.gaugesOf({ name: 'model_loaded', help: '1 while the model, or a tower of it, is in memory.', labels: { model: models } }, () =>
    partsByModel(pool).map(([model, parts]) => ({ labels: { model }, value: Number(parts.some(({ loaded }) => loaded)) })),
  );
}

/** A model with towers has several parts. */
function partsByModel(pool: ModelPool): [string, PooledModelInfo[]][] {
  const parts = pool.info();
  return pool.models.map(({ id }) => [id, parts.filter(({ model }) => model === id)]);
}

/** Not every part has every lane. */
function waitingIn(parts: PooledModelInfo[], lane: (typeof LANES)[number]): number {
  const lanes = parts.map(({ runtime }): Partial<Record<typeof lane, LaneInfo>> => ({ ...runtime }));
  return lanes.reduce((sum, { [lane]: info }) => sum + (info?.waiting ?? 0), 0);
}
