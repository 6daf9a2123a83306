import { type Access, type Database, listShares, noUser, putShare, removeShare, type ShareRole, type ShareTarget, type ShareView } from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';

/** Shorter than the longest bigint: what is longer is nobody's number. */
const USER_ID = /^[1-9]\d{0,17}$/;

export class SharesService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  async list(access: Access, collectionId: string): Promise<object> {
    const shares = await this.database.tenantSnapshot(access.scope, (sql) => listShares(sql, access, collectionId));
    return { shares: shares.map(shareAnswer) };
  }

  put(request: WriteRequest, collectionId: string, target: ShareTarget, role: ShareRole): Promise<object> {
    return this.writes.transaction(request, 200, async (sql) => shareAnswer(await putShare(sql, request.access, collectionId, target, role)));
  }

  remove(request: WriteRequest, collectionId: string, userId: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeShare(sql, request.access, collectionId, userId));
  }
}

/** The number of a user as it stands in an address. */
export function userIdOf(text: string): string {
  if (!USER_ID.test(text)) throw noUser();
  return text;
}

function shareAnswer({ userId, user, role, createdAt }: ShareView) {
  return { user_id: userId, user, role, created_at: createdAt };
}
