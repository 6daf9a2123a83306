const WORDS =
  'renew contract office winter delivery invoice motor safety camera museum harbour repair ticket school recipe garden storm battery travel insurance'.split(
    ' ',
  );

let asked = 0;

/** A question nobody has asked before, so that no cache knows its vector; all are about as long. */
export function newQuery(): string {
  const number = asked++;
  const word = (step: number) => WORDS[(number * step + step) % WORDS.length];
  return `how do I find the ${word(3)} ${word(7)} about ${word(11)} and ${word(13)} number ${number}`;
}

/** The same items in an order that nobody can foresee. */
export function shuffled<T>(items: readonly T[]): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}
