import { appendFileSync } from 'node:fs';

/** The places where the fault harness kills or pauses a process; docs/guarantees.md says what each one means. */
export type FaultPoint =
  | 'A1'
  | 'A2'
  | 'A3'
  | 'D1'
  | 'D2'
  | 'D3'
  | 'W1'
  | 'W2'
  | 'W3'
  | 'W4'
  | 'W5'
  | 'W6'
  | 'W7'
  | 'W8'
  | 'W9'
  | 'X1'
  | 'X2'
  | 'R1'
  | 'R2'
  | 'R3'
  | 'S1';

interface PlannedFault {
  signal: 'SIGKILL' | 'SIGSTOP';
  atHit: number;
}

const hits = new Map<FaultPoint, number>();
const plan = planOf(process.env.CAIRN_ENV === 'test' ? process.env.CAIRN_FAULTS : undefined);

/** Does nothing outside of `CAIRN_ENV=test` with CAIRN_FAULTS, such as `W6:SIGKILL@2`: the second time W6 is reached, the process dies. */
export function faultPoint(point: FaultPoint): void {
  const fault = plan?.get(point);
  if (!fault) return;
  const hit = (hits.get(point) ?? 0) + 1;
  hits.set(point, hit);
  if (hit !== fault.atHit) return;
  const log = process.env.CAIRN_FAULT_LOG;
  if (log) appendFileSync(log, `${point} ${fault.signal} ${process.pid} ${Date.now()}\n`);
  process.kill(process.pid, fault.signal);
}

function planOf(text: string | undefined): Map<FaultPoint, PlannedFault> | undefined {
  if (!text) return undefined;
  return new Map(
    text.split(',').map((entry) => {
      const match = /^(\w+):(SIGKILL|SIGSTOP)(?:@(\d+))?$/.exec(entry.trim());
      if (!match) throw new Error(`CAIRN_FAULTS: "${entry}" is not of the form W6:SIGKILL@2`);
      return [match[1] as FaultPoint, { signal: match[2] as PlannedFault['signal'], atHit: Number(match[3] ?? 1) }];
    }),
  );
}
