/** The order of one round: rotated from round to round and turned around in every second one, so that nobody always runs first, or always after the same other. */
export function orderOfRound<T>(contestants: readonly T[], round: number): T[] {
  const first = Math.floor(round / 2) % Math.max(1, contestants.length);
  const rotated = [...contestants.slice(first), ...contestants.slice(0, first)];
  return round % 2 === 0 ? rotated : rotated.reverse();
}

/**
 * Runs every contestant once in each round, one after the other, and answers the results of each in the order of the rounds.
 * Round 0 is a warm-up that nobody sees: compilers, caches and files have their first time in it.
 */
export async function interleave<T extends { name: string }, R>(
  contestants: readonly T[],
  rounds: number,
  run: (contestant: T, round: number) => Promise<R>,
): Promise<Map<string, R[]>> {
  const results = new Map<string, R[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of orderOfRound(contestants, round)) {
      const result = await run(contestant, round);
      if (round > 0) results.get(contestant.name)?.push(result);
    }
  }
  return results;
}
