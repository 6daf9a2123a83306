import { isPassing } from '@cairn/common';

interface Waiting<Item, Answer> {
  item: Item;
  settle(answer: Answer): void;
  fail(error: unknown): void;
}

export interface BatcherOptions {
  /** Batches under way at once. */
  lanes: number;
  /** Items of one batch. */
  max: number;
}

/**
 * Asks for many things in one go. An item that comes alone goes at once; what comes while every lane is busy goes together when one is free,
 * so batches are as large as the load makes them and nobody waits for a timer.
 */
export class Batcher<Item, Answer> {
  private readonly waiting: Waiting<Item, Answer>[] = [];
  private busy = 0;

  /** `run` answers its items in their order. */
  constructor(
    private readonly run: (items: Item[]) => Promise<Answer[]>,
    private readonly options: BatcherOptions,
  ) {}

  add(item: Item): Promise<Answer> {
    return new Promise((settle, fail) => {
      this.waiting.push({ item, settle, fail });
      // Everything that arrives in this turn of the event loop belongs together.
      if (this.waiting.length === 1) setImmediate(() => this.startAll());
    });
  }

  private startAll(): void {
    while (this.busy < this.options.lanes && this.waiting.length > 0) void this.start(this.waiting.splice(0, this.options.max));
  }

  private async start(batch: Waiting<Item, Answer>[]): Promise<void> {
    this.busy++;
    await this.ask(batch);
    this.busy--;
    this.startAll();
  }

  // One item that the database refuses must not fail its neighbours; when the database is away, asking one by one would help nobody.
  private async ask(batch: Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.run(batch.map(({ item }) => item));
      for (const [index, { settle }] of batch.entries()) settle(answers[index] as Answer);
    } catch (error) {
      if (batch.length > 1 && !isPassing(error)) for (const one of batch) await this.ask([one]);
      else for (const { fail } of batch) fail(error);
    }
  }
}
