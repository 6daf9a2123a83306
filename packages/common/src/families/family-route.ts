/** What a value of a route can be. */
export type RouteScalar = string | number | boolean;

/** Where the values of a field are that tells the collections of a family apart. */
export type FamilyRoute = LearntRoute | DeclaredRoute;

/** The system itself keeps which values each member has. */
export interface LearntRoute {
  kind: 'learnt';
  keys: string[];
}

/** Somebody says it: all that there are (complete), or some of them (open). */
export interface DeclaredRoute {
  kind: 'complete' | 'open';
  keys: string[];
  values: RouteValue[];
}

/** A value, and the collections that have it: as they were called, or their ids. */
export interface RouteValue {
  value: RouteScalar;
  collections: string[];
}

export const FAMILY_LIMITS = {
  members: 1_000,
  /** Counted once for each collection that has one. */
  values: 10_000,
  /** Bytes of UTF-8 of a value. */
  valueBytes: 1_024,
} as const;
