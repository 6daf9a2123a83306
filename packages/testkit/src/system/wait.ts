/** Thrown by `ask`, it ends the wait at once: what is waited for can no longer come. */
export class Hopeless extends Error {}

/** Asks again and again until the answer is something; fails with what it last saw, never with a bare timeout. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false | null>, withinMs = 60_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  let seen: unknown = 'nothing';
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 1.5, 200)) {
    try {
      const answer = await ask();
      if (answer) return answer;
      seen = answer;
    } catch (error) {
      if (error instanceof Hopeless) throw error;
      seen = error;
    }
    if (Date.now() > deadline)
      throw new Error(`waited ${(withinMs / 1_000).toFixed(1)} s for ${what}; last seen: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
