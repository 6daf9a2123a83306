import type { Database } from '../data/database.js';
import { type ListedModel, listModels } from './model-registry.js';

const FRESH_MS = 2_000;

/** The registered models, asked for at most every two seconds: a model is installed once and used for every request. */
export class ModelDirectory {
  private asked: Promise<ListedModel[]> | undefined;
  private askedAt = 0;

  constructor(private readonly database: Database) {}

  list(): Promise<ListedModel[]> {
    if (this.asked !== undefined && performance.now() - this.askedAt < FRESH_MS) return this.asked;
    const asked = listModels(this.database);
    this.asked = asked;
    this.askedAt = performance.now();
    asked.catch(() => {
      if (this.asked === asked) this.asked = undefined;
    });
    return asked;
  }
}
