import { AHEAD_COUNTS_MS, type FreshLot, type FreshPointsRepository } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import { expect, it, jest } from '@jest/globals';
import { Confirmer } from './confirmer.js';

const LOT = { orgId: 'o', id: 'lot', space: 's' } as unknown as FreshLot;
const signal = new AbortController().signal;

function confirmerOf(due: (exceptIds: string[]) => FreshLot[]) {
  const forgotten: string[] = [];
  const fresh = {
    due: async (_limit: number, _spaces: string[], exceptIds: string[]) => due(exceptIds),
    points: async () => [],
    forget: async (lots: FreshLot[]) => void forgotten.push(...lots.map(({ id }) => id)),
  } as unknown as FreshPointsRepository;
  const spaces = { searchableIds: async () => new Set() } as unknown as SpaceMaintenance;
  return { confirmer: new Confirmer(fresh, spaces, {} as never, { rewritten() {} } as never, { warn() {} } as never), forgotten };
}

it('G6: what searches find is forgotten only when no search can have asked Qdrant before it was found', async () => {
  const looks: string[][] = [];
  const { confirmer, forgotten } = confirmerOf((exceptIds) => {
    looks.push(exceptIds);
    return [LOT].filter(({ id }) => !exceptIds.includes(id) && !forgotten.includes(id));
  });
  const confirm = () => confirmer.confirm(signal);
  const now = jest.spyOn(performance, 'now');
  try {
    now.mockReturnValue(1_000);
    await confirm();
    now.mockReturnValue(1_000 + AHEAD_COUNTS_MS);
    await confirm();
    expect([forgotten, looks]).toEqual([[], [[], ['lot'], ['lot']]]);
    now.mockReturnValue(1_001 + 2 * AHEAD_COUNTS_MS);
    await confirm();
    expect([forgotten, looks.at(-1)]).toEqual([['lot'], []]);
  } finally {
    now.mockRestore();
  }
});

it('G6: what searches find is forgotten also where there is always more to look for', async () => {
  let lots = 0;
  let clock = 1_000;
  const now = jest.spyOn(performance, 'now').mockImplementation(() => clock);
  const { confirmer, forgotten } = confirmerOf((exceptIds) => {
    expect(exceptIds.length).toBeLessThan(5);
    clock += AHEAD_COUNTS_MS;
    return lots < 20 ? [{ ...LOT, id: `lot ${++lots}` }] : [];
  });
  try {
    await confirmer.confirm(signal);
    expect(forgotten.length).toBeGreaterThan(15);
  } finally {
    now.mockRestore();
  }
});
