import {
  CairnError,
  createFamily,
  type Database,
  type FamilyReader,
  type FamilyView,
  isLooseUuid,
  listFamilies,
  readFamily,
  readRoute,
  removeFamily,
  replaceFamily,
} from '@cairn/common';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import type { AddFamilyDto, PutFamilyDto, RouteDto } from './families.dto.js';

/** Collections that are asked as one. */
export class FamiliesService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
  ) {}

  async list(reader: FamilyReader): Promise<object> {
    const families = await this.database.tenantSnapshot(reader.access.scope, (sql) => listFamilies(sql, reader));
    return { families: families.map(familyAnswer) };
  }

  async read(reader: FamilyReader, name: string): Promise<object> {
    return familyAnswer(await this.database.tenantSnapshot(reader.access.scope, (sql) => readFamily(sql, reader, name)));
  }

  add(request: WriteRequest, { name, collections, route }: AddFamilyDto): Promise<object> {
    assertNoId(name);
    const wanted = { name, collections, route: routeOf(route) };
    return this.writes.transaction(request, 201, async (sql) => familyAnswer(await createFamily(sql, request.access, wanted)));
  }

  put(request: WriteRequest, name: string, { name: newName = name, collections, route }: PutFamilyDto): Promise<object> {
    assertNoId(newName);
    const wanted = { name: newName, collections, route: routeOf(route) };
    return this.writes.transaction(request, 200, async (sql) => familyAnswer(await replaceFamily(sql, request.access, name, wanted)));
  }

  remove(request: WriteRequest, name: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeFamily(sql, request.access, name));
  }
}

const routeOf = (route: RouteDto | undefined) => (route === undefined ? undefined : readRoute(route));

/** What has the form of an id is taken for one everywhere. */
function assertNoId(name: string): void {
  if (isLooseUuid(name))
    throw new CairnError('invalid_input', 'The name of a family must not have the form of an id. Choose another one.', {
      errors: [{ path: 'name', message: 'must not have the form of an id' }],
    });
}

function familyAnswer({ id, name, members, createdAt, updatedAt, ...view }: FamilyView) {
  return { id, name, collections: members, route: routeAnswer(view), created_at: createdAt, updated_at: updatedAt };
}

function routeAnswer({ keys, kind, values }: Pick<FamilyView, 'keys' | 'kind' | 'values'>) {
  if (keys === null) return null;
  return { field: keys, learnt: kind === 'learnt', values, complete: kind === 'learnt' ? null : kind === 'complete' };
}
