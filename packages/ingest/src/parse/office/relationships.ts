import { posix } from 'node:path';
import { type Attributes, readXml } from '../xml/read-xml.js';
import type { OfficeFile } from './office-file.js';

/** What a part of an office file refers to, by id. Only parts of the same file: what lies outside is never looked at. */
export async function relationshipsOf(file: OfficeFile, part: string): Promise<Map<string, string>> {
  const name = posix.join(posix.dirname(part), '_rels', `${posix.basename(part)}.rels`);
  const targets = new Map<string, string>();
  if (!file.archive.has(name)) return targets;
  readXml(await file.part(name), {
    open(tag, { Id, Target, TargetMode }) {
      if (tag !== 'Relationship' || Id === undefined || Target === undefined || TargetMode === 'External') return;
      targets.set(Id, Target.startsWith('/') ? Target.slice(1) : posix.join(posix.dirname(part), Target));
    },
  });
  return targets;
}

/** The part that an element refers to; the attribute is `r:id` by whatever prefix. */
export function targetOf(targets: Map<string, string>, attributes: Attributes): string | undefined {
  return Object.values(attributes)
    .map((value) => targets.get(value))
    .find((target) => target !== undefined);
}
