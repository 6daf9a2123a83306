export const COMPARISONS = {
  '>': <T>(value: T, bound: T) => value > bound,
  '>=': <T>(value: T, bound: T) => value >= bound,
  '<': <T>(value: T, bound: T) => value < bound,
  '<=': <T>(value: T, bound: T) => value <= bound,
};

/** How two numbers or moments stand to each other; written alike in SQL and in jsonpath. */
export type Comparison = keyof typeof COMPARISONS;
