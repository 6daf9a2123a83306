import type { KnownCollection, KnownFamily, Route, RouteValues, Target } from './catalogue.js';
import { type Field, nameOfField } from './columns.js';
import { nearestOf, SqlError } from './errors.js';
import { type Knowledge, outcomeOf, passes } from './evaluate.js';
import type { RowFilter, Scalar, Test } from './row-filter.js';
import type { SqlWarning } from './warnings.js';

export interface RouteDecision {
  family: string;
  /** Undefined for a family without a route. */
  field: string | undefined;
  /** Values of the field that rows of the answer can have; null where the statement does not narrow them. */
  values: RouteValues[] | null;
  decision: 'all' | 'some' | 'none';
}

export interface Pruned {
  collection: KnownCollection;
  why: string;
}

export interface Routed {
  targets: KnownCollection[];
  pruned: Pruned[];
  route: RouteDecision[];
  warnings: SqlWarning[];
}

/** Leaves out what cannot hold a row of the answer: never one that can. */
export function routeTargets(targets: readonly Target[], filter: RowFilter, { isStrict }: { isStrict: boolean }): Routed {
  const kept = new Map<string, KnownCollection>();
  const left = new Map<string, Pruned>();
  const route: RouteDecision[] = [];
  const warnings: SqlWarning[] = [];
  for (const target of targets) {
    const asked = target.kind === 'collection' ? ofCollection(target.collection, filter) : ofFamily(target.family, filter);
    for (const collection of asked.kept) kept.set(collection.id, collection);
    for (const pruned of asked.pruned) left.set(pruned.collection.id, pruned);
    if (asked.route === undefined) continue;
    if (isStrict && asked.route.field !== undefined && asked.route.values === null)
      throw new SqlError(
        'E_ROUTE',
        `The statement does not narrow ${asked.route.field}, by which ${asked.route.family} is routed, so it would ask all of it.`,
        target.span,
        {
          hint: `Add a condition on ${asked.route.field}, or leave strict routing out.`,
        },
      );
    route.push(asked.route);
    if (asked.route.decision === 'none' && target.kind === 'family') warnings.push(...unknownValues(target.family, filter));
  }
  const byName = (a: KnownCollection, b: KnownCollection) => (a.name < b.name ? -1 : 1);
  return {
    targets: [...kept.values()].sort(byName),
    pruned: [...left.values()].filter(({ collection }) => !kept.has(collection.id)).sort((a, b) => byName(a.collection, b.collection)),
    route,
    warnings,
  };
}

interface Asked {
  kept: KnownCollection[];
  pruned: Pruned[];
  route?: RouteDecision;
}

function ofCollection(collection: KnownCollection, filter: RowFilter): Asked {
  if (outcomeOf(filter, inCollection(collection)) !== false) return { kept: [collection], pruned: [] };
  const why = outcomeOf(filter, nothing) === false ? 'No row can be as the conditions ask.' : 'The condition on collection leaves it out.';
  return { kept: [], pruned: [{ collection, why }] };
}

function ofFamily({ name, members, route }: KnownFamily, filter: RowFilter): Asked {
  if (route === undefined) {
    const asked = members.map((member) => ofCollection(member, filter));
    const kept = asked.flatMap((one) => one.kept);
    return { kept, pruned: asked.flatMap((one) => one.pruned), route: { family: name, field: undefined, values: null, decision: decisionOf(kept, members) } };
  }
  const field = nameOfField({ kind: 'metadata', keys: route.keys });
  const known = distinct([...route.values.values()].flat());
  const possible = known.filter((values) => outcomeOf(filter, withValues(route, values)) !== false);
  const isElsePossible = route.isOpen && outcomeOf(filter, withOthers(route, known)) !== false;
  const isNarrowed = possible.length < known.length || (route.isOpen && !isElsePossible);
  const asked = members.map((member): Asked => {
    if (mayHold(member, { route, filter, known })) return { kept: [member], pruned: [] };
    // What asks all members asks empty ones, too.
    if (!isNarrowed && route.values.get(member.id)?.length === 0) return ofCollection(member, filter);
    const inIt = ofCollection(member, filter);
    return inIt.pruned.length > 0 ? inIt : { kept: [], pruned: [{ collection: member, why: `It has no value of ${field} that the condition takes.` }] };
  });
  const kept = asked.flatMap((one) => one.kept);
  return {
    kept,
    pruned: asked.flatMap((one) => one.pruned),
    route: { family: name, field, values: isNarrowed ? possible : null, decision: decisionOf(kept, members) },
  };
}

interface Routing {
  route: Route;
  filter: RowFilter;
  known: readonly RouteValues[];
}

/** Whether some row that the member can have, by what is known of it, can pass. */
function mayHold(member: KnownCollection, { route, filter, known }: Routing): boolean {
  const here = inCollection(member);
  const can = (knows: Knowledge) => outcomeOf(filter, (field, test) => here(field, test) ?? knows(field, test)) !== false;
  const values = route.values.get(member.id);
  if (values === undefined && !route.isOpen) return can(nothing);
  return (values ?? []).some((one) => can(withValues(route, one))) || (route.isOpen && can(withOthers(route, known)));
}

const nothing: Knowledge = () => undefined;

function decisionOf(kept: readonly unknown[], members: readonly unknown[]): RouteDecision['decision'] {
  if (kept.length === members.length) return 'all';
  return kept.length === 0 ? 'none' : 'some';
}

/** In one collection all rows have its name. */
function inCollection({ name }: KnownCollection): Knowledge {
  return (field, test) => (field.kind === 'column' && field.name === 'collection' ? passes(test, [name]) : undefined);
}

function withValues({ keys }: Route, values: RouteValues): Knowledge {
  return (field, test) => (isAt(field, keys) ? passes(test, values) : undefined);
}

/** Rows that have none of the values that are known: another one, or none. */
function withOthers({ keys }: Route, known: readonly RouteValues[]): Knowledge {
  const listed = new Set(known.flat());
  return (field, test) => (isAt(field, keys) && isOneOf(test, listed) ? false : undefined);
}

const isOneOf = (test: Test, listed: ReadonlySet<Scalar>): boolean => test.is === 'oneOf' && [...test.values].every((value) => listed.has(value));

function isAt(field: Field, keys: readonly string[]): boolean {
  return field.kind === 'metadata' && field.keys.length === keys.length && field.keys.every((key, at) => key === keys[at]);
}

function distinct(values: readonly RouteValues[]): RouteValues[] {
  return [...new Map(values.map((one) => [JSON.stringify(one, writeBigInt), one])).values()];
}

const writeBigInt = (_key: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);

/** Where nothing is left of a family, values that the statement asks for and no member has are pointed out. */
function unknownValues({ name, route }: KnownFamily, filter: RowFilter): SqlWarning[] {
  if (route === undefined || route.isOpen) return [];
  const known = new Set([...route.values.values()].flat(2));
  const field = nameOfField({ kind: 'metadata', keys: route.keys });
  const unknown = [...new Set(askedFor(filter, route.keys))].filter((value) => !known.has(value)).slice(0, MOST_POINTED_OUT);
  return unknown.map((value) => {
    const suggestion =
      typeof value === 'string'
        ? nearestOf(
            value,
            [...known].filter((one) => typeof one === 'string'),
          )
        : undefined;
    const instead = suggestion === undefined ? '' : ` The nearest that is there is '${suggestion}'.`;
    return { code: 'W_ROUTE_VALUE', message: `No collection of ${name} has ${field} = ${JSON.stringify(value, writeBigInt)}.${instead}`, suggestion };
  });
}

const MOST_POINTED_OUT = 5;

function askedFor(filter: RowFilter, keys: readonly string[]): Scalar[] {
  if (filter.kind === 'not') return [];
  if (filter.kind !== 'test') return filter.of.flatMap((part) => askedFor(part, keys));
  return isAt(filter.field, keys) && filter.test.is === 'oneOf' ? [...filter.test.values] : [];
}
