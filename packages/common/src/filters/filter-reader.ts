import { CairnError } from '../errors/catalogue.js';
import { flawOfText } from '../shell/validation/text-flaw.js';
import { FILTER_LIMITS } from './filter-limits.js';

const SHOWN_OF_A_KEY = 80;

interface Spent {
  conditions: number;
  filters: number;
  values: number;
}

/** A place in a filter that is being read: knows its path for messages, and how much the whole filter has used of its limits. */
export class FilterReader {
  private constructor(
    readonly path: string,
    private readonly depth: number,
    private readonly spent: Spent,
  ) {}

  static of(path: string): FilterReader {
    return new FilterReader(path, 0, { conditions: 0, filters: 0, values: 0 });
  }

  key(key: string): FilterReader {
    return new FilterReader(`${this.path}.${shown(key)}`, this.depth, this.spent);
  }

  item(index: number): FilterReader {
    return new FilterReader(`${this.path}[${index}]`, this.depth, this.spent);
  }

  /** The same place, one filter further inside; refuses what is too deep before anything of it is read. */
  deeper(): FilterReader {
    if (this.depth === FILTER_LIMITS.depth) this.refuse(`is too deep: $and, $or and $not may stand ${FILTER_LIMITS.depth} deep in each other`);
    return new FilterReader(this.path, this.depth + 1, this.spent);
  }

  spendConditions(count: number): void {
    this.spent.conditions += count;
    if (this.spent.conditions > FILTER_LIMITS.conditions) this.refuse(`is one condition too many: a filter may have ${FILTER_LIMITS.conditions}`);
  }

  spendFilters(count: number): void {
    this.spent.filters += count;
    if (this.spent.filters > FILTER_LIMITS.filters) this.refuse(`has too many filters: the lists of $and and $or may have ${FILTER_LIMITS.filters} together`);
  }

  spendValues(count: number): void {
    this.spent.values += count;
    if (this.spent.values > FILTER_LIMITS.values) this.refuse(`has too many values: the lists of a filter may have ${FILTER_LIMITS.values} together`);
  }

  refuse(message: string): never {
    const sentence = `${this.path} ${message}`;
    throw new CairnError('invalid_filter', `${sentence}.`, { errors: [{ path: this.path, message: sentence }] });
  }
}

function shown(key: string): string {
  if (flawOfText(key) !== undefined) return '?';
  return key.length > SHOWN_OF_A_KEY ? `${key.slice(0, SHOWN_OF_A_KEY).toWellFormed()}…` : key;
}
