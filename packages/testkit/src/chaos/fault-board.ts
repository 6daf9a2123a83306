export interface LandedFault {
  cell: string;
  /** How we know that it took place. */
  proof: string;
  /** Until a write that was sent after the fault was through. */
  throughAgainMs: number;
}

/** Which faults were planned, and which of them really took place. */
export class FaultBoard {
  private readonly planned = new Map<string, number>();
  readonly landed: LandedFault[] = [];

  plan(cell: string, times: number): void {
    this.planned.set(cell, (this.planned.get(cell) ?? 0) + times);
  }

  land(fault: LandedFault): void {
    this.landed.push(fault);
  }

  /** Planned faults of which fewer took place than were planned. */
  missing(): string[] {
    return [...this.planned].flatMap(([cell, times]) => {
      const count = this.of(cell).length;
      return count < times ? [`${cell}: ${count} of ${times}`] : [];
    });
  }

  table(): string {
    const rows = [...new Set([...this.planned.keys(), ...this.landed.map(({ cell }) => cell)])].map((cell) => this.row(cell));
    const head = ['fault', 'planned', 'landed', 'through again (median / longest)', 'proof'];
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] as string).length)));
    return [head, ...rows]
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] as number))
          .join('  ')
          .trimEnd(),
      )
      .join('\n');
  }

  private of(cell: string): LandedFault[] {
    return this.landed.filter((fault) => fault.cell === cell);
  }

  private row(cell: string): string[] {
    const faults = this.of(cell);
    const times = faults.map(({ throughAgainMs }) => throughAgainMs).sort((a, b) => a - b);
    const through = times.length === 0 ? '-' : `${seconds(times[Math.floor(times.length / 2)])} / ${seconds(times.at(-1))}`;
    return [cell, String(this.planned.get(cell) ?? 0), String(faults.length), through, faults[0]?.proof ?? '-'];
  }
}

const seconds = (ms = 0): string => `${(ms / 1_000).toFixed(2)} s`;
