import { createHash } from 'node:crypto';
import { CairnError, type CursorSeal, type OrgId } from '@cairn/common';
import { type BoundQuery, formatSql, type Params, type Select, SqlError, usedParams } from '@cairn/retrieval/sql';

const LIVES_MS = 24 * 3_600_000;

interface Kept<Place> {
  place: Place;
  at: number;
}

/** Cursors of one statement: good for nobody else's, for no other one, and for a day. */
export class StatementCursor<Place> {
  private readonly boundTo: string[];

  constructor(
    private readonly seal: CursorSeal,
    orgId: OrgId,
    statement: Select,
    params: Params | undefined,
  ) {
    const { after: _, ...clauses } = statement.clauses;
    const asked: Select = { ...statement, clauses, explain: 'none' };
    const fingerprint = JSON.stringify([formatSql(asked), usedParams(asked, params)]);
    this.boundTo = ['sql', orgId, createHash('sha256').update(fingerprint).digest('base64url')];
  }

  make(place: Place): string {
    return this.seal.seal({ place, at: Date.now() } satisfies Kept<Place>, this.boundTo);
  }

  open({ cursor, span }: NonNullable<BoundQuery['after']>): Place {
    const hint = 'Send the statement, its parameters and next_cursor as they were, or leave AFTER out to begin anew.';
    try {
      const { place, at } = this.seal.open<Kept<Place>>(cursor, this.boundTo);
      if (Date.now() - at <= LIVES_MS) return place;
    } catch (error) {
      if (!(error instanceof CairnError)) throw error;
      throw new SqlError('E_CURSOR', 'This cursor was not given out for this statement.', span, { hint });
    }
    throw new SqlError('E_CURSOR', 'This cursor is older than a day.', span, { hint: 'Leave AFTER out to begin anew.' });
  }
}
