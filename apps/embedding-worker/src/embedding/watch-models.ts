import type { Metrics } from '@cairn/common';
import type { ModelPool, PooledModelInfo, RunReport } from '@cairn/models';
import type { RemoteModels } from './remote-models.js';

const LANES = ['documents', 'queries'] as const;
const OUTCOMES = ['done', 'failed', 'too_large'] as const;

/** Shows what the models do: texts, tokens and seconds of inference for each model and lane, and how many texts wait. */
export function watchModels(metrics: Metrics, pool: ModelPool, remotes: RemoteModels): void {
  const models = [...pool.models, ...remotes.models].map(({ id }) => id);
  const labels = { model: models, lane: LANES };
  const texts = metrics.counter({ name: 'model_texts_total', help: 'Texts embedded or scored.', labels });
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
  metrics.gaugesOf({ name: 'model_waiting', help: 'Texts that wait for a run.', labels }, () =>
    pool.info().flatMap(({ model, runtime }) => LANES.map((lane) => ({ labels: { model, lane }, value: waitingIn(runtime, lane) }))),
  );
  metrics.gaugesOf({ name: 'model_loaded', help: '1 while the model is in memory.', labels: { model: models } }, () =>
    pool.info().map(({ model, loaded }) => ({ labels: { model }, value: Number(loaded) })),
  );
}

/** A reranker has no lane for documents. */
function waitingIn(runtime: PooledModelInfo['runtime'], lane: (typeof LANES)[number]): number {
  if (runtime === undefined) return 0;
  if (lane === 'queries') return runtime.queries.waiting;
  return 'documents' in runtime ? runtime.documents.waiting : 0;
}
