import type { CursorSeal } from '../data/sealed-cursor.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';

/** A place in the feed of an organisation. Events are ordered by the transaction that made them, then by number. */
export interface FeedPosition {
  epoch: string;
  xid: string;
  id: string;
}

/** What callers get for a place in their feed. Sealed, because transaction numbers count the work of everybody. */
export class FeedCursors {
  constructor(private readonly seal: CursorSeal) {}

  format({ orgId }: TenantScope, { epoch, xid, id }: FeedPosition): string {
    return this.seal.seal([epoch, xid, id], boundTo(orgId));
  }

  parse({ orgId }: TenantScope, cursor: string): FeedPosition {
    const [epoch, xid, id] = this.seal.open<[string, string, string]>(cursor, boundTo(orgId), 'since');
    return { epoch, xid, id };
  }
}

const boundTo = (orgId: string): string[] => ['feed', orgId];
