import { MOCK_STAGES } from '@cairn/common';
import type { JobContext, JobHandler, JobOutcome } from '../jobs/job-handler.js';

/** Goes through its stages and does nothing else: for trying out the system, and clients of it. */
export class MockProcessHandler implements JobHandler {
  async handle({ lease, report }: JobContext): Promise<JobOutcome> {
    for (const [index, stage] of MOCK_STAGES.entries()) {
      await report(stage, Math.round(((index + 1) * 100) / (MOCK_STAGES.length + 1)));
      if (lease.payload.fail_at_stage === stage) throw new Error(`Asked to fail at stage ${stage}.`);
    }
    return { kind: 'result', result: { stages: [...MOCK_STAGES], completed_at: new Date().toISOString() } };
  }
}
