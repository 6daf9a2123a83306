import { accessOf, collectionIdOf, Database, flawOfText, isLooseUuid, noCollection, principalOf } from '@cairn/common';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

const OF_A_COLLECTION = /\/(collections|collection-stats)\/:id(\/|$)/;

/** Lets an alias or the name of a collection stand in an address where its id does: whoever comes after the guards finds the id there. */
@Injectable()
export class CollectionNameGuard implements CanActivate {
  constructor(@Inject(Database) private readonly database: Database) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (!OF_A_COLLECTION.test(request.routeOptions.url ?? '')) return true;
    const params = request.params as { id: string };
    if (!isLooseUuid(params.id)) params.id = await this.idOf(request, params.id);
    return true;
  }

  private async idOf(request: FastifyRequest, name: string): Promise<string> {
    if (flawOfText(name) !== undefined) throw noCollection();
    const access = accessOf(principalOf(request));
    return this.database.tenant(access.scope, (sql) => collectionIdOf(sql, access, name));
  }
}
