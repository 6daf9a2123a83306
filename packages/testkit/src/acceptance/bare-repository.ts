import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

export type Files = { [name: string]: string | Files };

/** A bare repository of git with the branch `main`, written object by object: no git is needed on the machine. */
export class BareRepository {
  constructor(readonly path: string) {
    for (const folder of ['objects', 'refs/heads']) mkdirSync(join(path, folder), { recursive: true });
    writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
    writeFileSync(join(path, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');
  }

  /** Makes these files, and no others, what the branch has; answers the id of the commit. */
  commit(files: Files): string {
    const person = 'A <a@example.com> 1700000000 +0000';
    const id = this.write('commit', Buffer.from(`tree ${this.tree(files)}\nauthor ${person}\ncommitter ${person}\n\nx\n`));
    writeFileSync(join(this.path, 'refs/heads/main'), `${id}\n`);
    return id;
  }

  private tree(files: Files): string {
    const entries = Object.entries(files).map(([name, content]) =>
      typeof content === 'string'
        ? { mode: '100644', name, sorted: name, id: this.write('blob', Buffer.from(content)) }
        : { mode: '40000', name, sorted: `${name}/`, id: this.tree(content) },
    );
    entries.sort((one, other) => Buffer.compare(Buffer.from(one.sorted), Buffer.from(other.sorted)));
    return this.write('tree', Buffer.concat(entries.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')])));
  }

  private write(type: string, content: Buffer): string {
    const object = Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content]);
    const id = createHash('sha1').update(object).digest('hex');
    mkdirSync(join(this.path, 'objects', id.slice(0, 2)), { recursive: true });
    writeFileSync(join(this.path, 'objects', id.slice(0, 2), id.slice(2)), deflateSync(object));
    return id;
  }
}
