import { AHEAD_COUNTS_MS, type FreshLot, type FreshPointsRepository } from '@cairn/common';
import type { SpaceMaintenance } from '@cairn/retrieval';
import { expect, it, jest } from '@jest/globals';
import { Confirmer } from './confirmer.js';

const LOT = { orgId: 'o', id: 'lot', space: 's' } as unknown as FreshLot;

it('G6: what searches find is forgotten only when no search can have asked Qdrant before it was found', async () => {
  const forgotten: string[] = [];
  const looks: string[][] = [];
  const fresh = {
    due: async (_limit: number, _spaces: string[], exceptIds: string[]) => {
      looks.push(exceptIds);
      return [LOT].filter(({ id }) => !exceptIds.includes(id) && !forgotten.includes(id));
    },
    points: async () => [],
    forget: async (lots: FreshLot[]) => void forgotten.push(...lots.map(({ id }) => id)),
  } as unknown as FreshPointsRepository;
  const spaces = { searchableIds: async () => new Set() } as unknown as SpaceMaintenance;
  const confirmer = new Confirmer(fresh, spaces, {} as never, { rewritten() {} } as never, { warn() {} } as never);
  const confirm = () => confirmer.confirm(new AbortController().signal);
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
