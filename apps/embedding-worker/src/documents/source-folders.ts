import { lstat, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TenantScope } from '@cairn/common';

/** Folders in which sources keep what they fetched, one for each, for nobody but us. They may vanish at any time. */
export class SourceFolders {
  private constructor(private readonly root: string) {}

  static async open(root: string): Promise<SourceFolders> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await refuseOthers(root);
    return new SourceFolders(root);
  }

  /** The folder of a source, made if need be. */
  async of(scope: TenantScope, sourceId: string): Promise<string> {
    const folder = this.pathOf(scope, sourceId);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async remove(scope: TenantScope, sourceId: string): Promise<void> {
    await rm(this.pathOf(scope, sourceId), { recursive: true, force: true });
  }

  private pathOf({ orgId }: TenantScope, sourceId: string): string {
    return join(this.root, orgId, sourceId);
  }
}

// Where everybody may make folders, somebody else may have made this one, to read or change what is kept in it.
async function refuseOthers(root: string): Promise<void> {
  const facts = await lstat(root);
  if (facts.isDirectory() && facts.uid === process.getuid?.() && (facts.mode & 0o077) === 0) return;
  throw new Error('SOURCE_WORK_DIR must be a folder, no link, that belongs to the user of this service and that nobody else may enter (chmod 700).');
}
