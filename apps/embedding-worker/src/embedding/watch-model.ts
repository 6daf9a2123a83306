import type { Metrics } from '@cairn/common';
import type { EmbeddingRuntime } from '@cairn/models';

const LANES = ['documents', 'queries'] as const;

/** Shows what the model does: texts, tokens and seconds of inference, and how many texts wait. */
export function watchModel(metrics: Metrics, runtime: EmbeddingRuntime): void {
  for (const lane of LANES) {
    const sum = (what: 'texts' | 'tokens' | 'paddedTokens' | 'runs' | 'runSeconds' | 'failedRuns') => () => runtime.info()[lane].counters[what];
    metrics.sumOf({ name: `model_${lane}_texts_total`, help: `Texts embedded in the lane for ${lane}.` }, sum('texts'));
    metrics.sumOf({ name: `model_${lane}_tokens_total`, help: `Tokens of these texts in the lane for ${lane}.` }, sum('tokens'));
    metrics.sumOf({ name: `model_${lane}_padded_tokens_total`, help: `Tokens computed in the lane for ${lane}, padding included.` }, sum('paddedTokens'));
    metrics.sumOf({ name: `model_${lane}_runs_total`, help: `Runs of the model in the lane for ${lane}.` }, sum('runs'));
    metrics.sumOf({ name: `model_${lane}_run_seconds_total`, help: `Seconds of inference in the lane for ${lane}.` }, sum('runSeconds'));
    metrics.sumOf({ name: `model_${lane}_failed_runs_total`, help: `Runs that failed in the lane for ${lane}.` }, sum('failedRuns'));
    metrics.gaugeOf({ name: `model_${lane}_waiting`, help: `Texts that wait for a run in the lane for ${lane}.` }, () => runtime.info()[lane].waiting);
  }
}
