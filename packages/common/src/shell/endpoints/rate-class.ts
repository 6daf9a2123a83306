/** What is limited apart from the rest. Every request counts in one class. */
export const RATE_CLASSES = ['reads', 'writes', 'searches', 'uploads', 'logins'] as const;
export type RateClass = (typeof RATE_CLASSES)[number];

/** The class of an endpoint: what it says of itself, else by its method. */
export function rateClassOf({ rate, method }: { rate?: RateClass | undefined; method: string }): RateClass {
  return rate ?? (method === 'GET' ? 'reads' : 'writes');
}
