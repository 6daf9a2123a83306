import type { Sql, Statement } from '../data/database.js';
import { isUniqueViolation } from '../data/pg-errors.js';
import { CairnError } from '../errors/catalogue.js';
import type { TenantScope } from '../tenancy/tenant-scope.js';
import type { Access } from './access.js';

/** Settings of an organisation to begin collections with. */
export interface TemplateView {
  name: string;
  description: string;
  settings: Record<string, unknown>;
  createdAt: Date;
}

const LIST: Statement = {
  name: 'list_templates',
  text: `SELECT name, description, settings, created_at AS "createdAt" FROM collection_templates WHERE org_id = $1 AND ($2::text IS NULL OR name = $2) ORDER BY name`,
};

const INSERT: Statement = {
  name: 'insert_template',
  text: 'INSERT INTO collection_templates (org_id, name, description, settings, owner_id) VALUES ($1, $2, $3, $4, $5)',
};

const OWNER: Statement = {
  name: 'owner_of_template',
  text: 'SELECT owner_id AS "ownerId" FROM collection_templates WHERE org_id = $1 AND name = $2',
};

export function listTemplates(sql: Sql, scope: TenantScope): Promise<TemplateView[]> {
  return sql.rows<TemplateView>(LIST, [scope.orgId, null]);
}

export async function readTemplate(sql: Sql, scope: TenantScope, name: string): Promise<TemplateView | undefined> {
  const [template] = await sql.rows<TemplateView>(LIST, [scope.orgId, name]);
  return template;
}

export async function addTemplate(
  sql: Sql,
  { scope, userId }: Access,
  { name, description, settings }: Omit<TemplateView, 'createdAt'>,
): Promise<TemplateView> {
  await sql.rows(INSERT, [scope.orgId, name, description, settings, userId ?? 0]).catch((error) => {
    throw isUniqueViolation(error, 'collection_templates_pkey') ? templateTaken(name) : error;
  });
  return (await readTemplate(sql, scope, name)) as TemplateView;
}

/** Removes a template; whoever made it may, and a key of the organisation. */
export async function removeTemplate(sql: Sql, { scope, userId }: Access, name: string): Promise<void> {
  const [held] = await sql.rows<{ ownerId: string }>(OWNER, [scope.orgId, name]);
  if (!held) throw noTemplate();
  if (userId !== null && held.ownerId !== userId)
    throw new CairnError('forbidden', 'A template is removed by whoever made it, or with a key of the organisation.');
  await sql.rows('DELETE FROM collection_templates WHERE org_id = $1 AND name = $2', [scope.orgId, name]);
}

export function noTemplate(): CairnError {
  return new CairnError('not_found', 'There is no template of this name.');
}

export function templateTaken(name: string): CairnError {
  return new CairnError('conflict', `A template with the name ${JSON.stringify(name)} is there already. Choose another name.`, {
    errors: [{ path: 'name', message: 'is taken' }],
  });
}
