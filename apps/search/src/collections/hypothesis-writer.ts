import { type Logger, withSpan } from '@cairn/common';
import { type LanguageModel, ProviderError, type ProviderFault } from '@cairn/models/remote';
import type { HypothesisMetrics } from '../hypothesis-metrics.js';
import { timed } from '../timed.js';
import { type Hypothesis, hypothesisRequest, hypothesisText } from './hypothesis.js';
import type { Context } from './search-context.js';

/** Why a search has to do without a hypothesis. */
export type Lack = ProviderFault | 'not_set_up' | 'no_words' | 'no_meaning' | 'not_embedded' | 'not_before';

const LACKS: Readonly<Record<Lack, string>> = {
  not_set_up: 'No language model is set up here. Whoever runs this system can name one with CAIRN_LLM_BASE_URL and CAIRN_LLM_MODEL.',
  no_words: 'There is no question in words to make up a passage for.',
  no_meaning: 'A search by words alone compares no passages. Ask for search_mode hybrid or dense.',
  not_embedded: 'No worker could embed the passage. Search again in a moment.',
  not_before: 'The first page was searched without a passage, and so are those after it.',
  late: 'The language model did not answer in time. Search again in a moment.',
  away: 'The language model cannot be reached right now. Search again in a moment.',
  busy: 'The language model is busy or broken right now. Search again in a moment.',
  refuses_us: 'The language model refuses us. Whoever runs this system should look at its key and name.',
  refuses_request: 'The language model refuses this question.',
  unusable: 'What the language model wrote cannot be used.',
};

/** The search goes on without, and its caller is told. */
export function goWithout(context: Context, lack: Lack): null {
  context.warnings.push(`hyde_unavailable: ${LACKS[lack]}`);
  context.hypothesis = null;
  return null;
}

/** Has a language model make up what searches are made with besides their questions. */
export class HypothesisWriter {
  constructor(
    private readonly model: LanguageModel | undefined,
    private readonly deadlineMs: number,
    private readonly metrics: HypothesisMetrics,
    private readonly logger: Logger,
  ) {}

  /** Null, with a warning, whatever it is that fails; rejects only when the caller has gone. */
  async write(context: Context): Promise<Hypothesis | null> {
    const [question] = context.plan.texts;
    if (question === undefined) return goWithout(context, 'no_words');
    if (!context.plan.lanes.includes('dense')) return goWithout(context, 'no_meaning');
    if (this.model === undefined) return goWithout(context, 'not_set_up');
    const { model } = this;
    const startedAt = performance.now();
    const deadlineMs = Math.floor(Math.min(this.deadlineMs, context.extrasBy - startedAt));
    if (deadlineMs <= 0) return goWithout(context, 'late');
    try {
      const isHurried = deadlineMs < this.deadlineMs;
      const ask = () => model.write({ ...hypothesisRequest(question), deadlineMs, isHurried, signal: context.signal });
      const { text, tokens } = await timed(context.timings, 'hyde', () => withSpan('write a hypothesis', {}, ask));
      const ms = Math.round(performance.now() - startedAt);
      this.metrics.asked(ms, tokens);
      const hypothesis = { text: hypothesisText(text), model: model.name, ms };
      this.metrics.ended('written');
      return hypothesis;
    } catch (error) {
      context.signal.throwIfAborted();
      return this.without(context, model.name, error);
    }
  }

  private without(context: Context, model: string, error: unknown): null {
    if (!(error instanceof ProviderError)) throw error;
    this.metrics.ended(error.fault);
    this.logger.warn({ orgId: context.access.scope.orgId, model, fault: error.fault, error: error.message }, 'a search had to do without a language model');
    return goWithout(context, error.fault);
  }
}
