import {
  addTemplate,
  type Database,
  listTemplates,
  type ModelDirectory,
  newId,
  noTemplate,
  readTemplate,
  removeTemplate,
  type TemplateView,
  type TenantScope,
  templateTaken,
} from '@cairn/common';
import { withProfile } from '../chunking/with-profile.js';
import { indexSettingsOf } from '../collections/index-settings.js';
import type { WriteRequest, WriteRunner } from '../writes/write-runner.js';
import { BUILT_IN_TEMPLATES, type Template } from './built-in-templates.js';
import type { AddTemplateDto } from './templates.dto.js';

/** Settings to begin collections with: those that are built in, and those of the organisation. */
export class TemplatesService {
  constructor(
    private readonly database: Database,
    private readonly writes: WriteRunner,
    private readonly models: ModelDirectory,
  ) {}

  async list(scope: TenantScope): Promise<object> {
    const own = await this.database.tenant(scope, (sql) => listTemplates(sql, scope));
    return { templates: [...BUILT_IN_TEMPLATES.map(builtInAnswer), ...own.map(templateAnswer)] };
  }

  async read(scope: TenantScope, name: string): Promise<object> {
    const builtIn = builtInOf(name);
    if (builtIn) return builtInAnswer(builtIn);
    const own = await this.database.tenant(scope, (sql) => readTemplate(sql, scope, name));
    if (!own) throw noTemplate();
    return templateAnswer(own);
  }

  /** A profile is kept as what it says now, like in a collection. */
  async add(request: WriteRequest, { name, description, settings: asked }: AddTemplateDto): Promise<object> {
    if (builtInOf(name)) throw templateTaken(name);
    return this.writes.prepared(request, 201, {
      prepare: async () => {
        const settings = { ...(await withProfile(this.database, request.scope, asked)) };
        await indexSettingsOf(settings, { collectionId: newId(), models: this.models }); // refused now, and not with each collection
        return settings;
      },
      work: async (sql, settings) => templateAnswer(await addTemplate(sql, request.access, { name, description: description ?? '', settings })),
    });
  }

  remove(request: WriteRequest, name: string): Promise<void> {
    return this.writes.transaction(request, 204, (sql) => removeTemplate(sql, request.access, name));
  }
}

function builtInOf(name: string): Template | undefined {
  return BUILT_IN_TEMPLATES.find((template) => template.name === name);
}

function builtInAnswer({ name, description, settings }: Template) {
  return { name, description, built_in: true, settings, created_at: null };
}

function templateAnswer({ name, description, settings, createdAt }: TemplateView) {
  return { name, description, built_in: false, settings, created_at: createdAt };
}
