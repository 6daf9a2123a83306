import {
  type Access,
  CairnError,
  type Database,
  type OperationEventView,
  type OperationView,
  operationsUnderWay,
  readEventsOfOperations,
  readOperation,
  readOperationEvents,
} from '@cairn/common';
import type { EventHints } from '../events/event-hints.js';
import type { StreamItem } from '../events/event-source.js';
import { Naps } from '../events/naps.js';
import { operationAnswer, operationMessage } from './operation-answer.js';

const PAGE = 1_000;
const OVER = new Set(['operation_completed', 'operation_failed', 'operation_cancelled']);
const UNDER_WAY: ReadonlySet<string> = new Set(['pending', 'processing']);
/** So many are described in one message. */
const MOST_AT_FIRST = 1_000;

/** How far a reader of all operations knows one. */
interface Known {
  seq: number;
  isOver: boolean;
}

/** What happens to an operation, read from Postgres: numbered from 1 without gaps, from any place. Whether the caller may read it is asked at every look. */
export class OperationSource {
  constructor(
    private readonly database: Database,
    private readonly hints: EventHints,
  ) {}

  /** Throws when there is no such operation for this caller. */
  async assertReadable(access: Access, id: string): Promise<void> {
    await this.database.tenant(access.scope, (sql) => readOperation(sql, access, id));
  }

  /** First how it was at the event `since`, or how it is now; then every event after that. Ends with the event that ends the operation. */
  async *of(access: Access, id: string, since: number | undefined, signal: AbortSignal): AsyncGenerator<StreamItem> {
    const first = await this.stateAt(access, id, since);
    yield { data: { ...operationMessage(first), type: 'current_state' } };
    let seen = first.seq;
    let isOver = OVER.has(first.type);
    for (const naps = new Naps(); !isOver && !signal.aborted; ) {
      const events = await this.lookAfter(access, id, seen);
      if (events === undefined) return;
      for (const event of events) {
        yield { id: String(event.seq), data: operationMessage(event) };
        seen = event.seq;
        isOver = OVER.has(event.type);
      }
      if (!isOver && events.length < PAGE) await naps.until(this.hints, access.scope.orgId, events.length > 0, signal);
    }
  }

  /** First all that wait or run, as they are now; then every event of theirs, and of those that begin later. */
  async *ofAll(access: Access, signal: AbortSignal): AsyncGenerator<StreamItem> {
    const first = await this.database.tenantSnapshot(access.scope, (sql) => operationsUnderWay(sql, access));
    yield { data: currentState(first.filter(({ state }) => UNDER_WAY.has(state))) };
    const known = new Map(first.map(({ id, eventSeq, state }): [string, Known] => [id, { seq: eventSeq, isOver: !UNDER_WAY.has(state) }]));
    for (const naps = new Naps(); !signal.aborted; ) {
      const { operations, events } = await this.lookAtAll(access, known);
      const collections = new Map(operations.map(({ id, collectionId }) => [id, collectionId]));
      for (const { operationId, ...event } of events) {
        known.set(operationId, { seq: event.seq, isOver: OVER.has(event.type) });
        yield { data: { ...operationMessage(event), operation_id: operationId, collection_id: collections.get(operationId) as string } };
      }
      for (const id of known.keys()) if (!collections.has(id)) known.delete(id);
      if (events.length < PAGE) await naps.until(this.hints, access.scope.orgId, events.length > 0, signal);
    }
  }

  private lookAtAll(access: Access, known: ReadonlyMap<string, Known>) {
    const open = [...known].flatMap(([id, { isOver }]) => (isOver ? [] : [id]));
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const operations = await operationsUnderWay(sql, access, open);
      const seqOf = (id: string) => known.get(id)?.seq ?? 0;
      const changed = new Map(operations.flatMap(({ id, eventSeq }): [string, number][] => (eventSeq > seqOf(id) ? [[id, seqOf(id)]] : [])));
      return { operations, events: changed.size === 0 ? [] : await readEventsOfOperations(sql, access.scope, changed, PAGE) };
    });
  }

  /** The next events, or undefined where the caller may no longer read them. */
  private lookAfter(access: Access, id: string, seen: number): Promise<OperationEventView[] | undefined> {
    return this.database.tenant(access.scope, async (sql) => {
      const isReadable = await readOperation(sql, access, id).catch(whenAbsent);
      return isReadable && readOperationEvents(sql, access.scope, id, seen, PAGE);
    });
  }

  private stateAt(access: Access, id: string, since: number | undefined): Promise<OperationEventView> {
    return this.database.tenantSnapshot(access.scope, async (sql) => {
      const { eventSeq } = await readOperation(sql, access, id);
      const at = Math.min(since ?? eventSeq, eventSeq);
      const [event] = await readOperationEvents(sql, access.scope, id, Math.max(at, 1) - 1, 1);
      const { seq, ...rest } = event as OperationEventView;
      return { ...rest, seq: at };
    });
  }
}

function currentState(operations: readonly OperationView[]): Record<string, unknown> {
  const sum = operations.reduce((all, { percentage }) => all + percentage, 0);
  const percentage = operations.length === 0 ? 100 : Math.floor(sum / operations.length);
  return { id: 0, timestamp: new Date(), type: 'current_state', percentage, data: { operations: operations.slice(0, MOST_AT_FIRST).map(operationAnswer) } };
}

function whenAbsent(error: unknown): undefined {
  if (!(error instanceof CairnError && error.code === 'not_found')) throw error;
}
