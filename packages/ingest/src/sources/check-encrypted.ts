import type { Subject } from '../refused.js';
import type { WebClient } from '../web/web-client.js';
import { insecure } from './source-refused.js';

/** Refuses an address that may not be asked with credentials: without encryption only what the operator allows by name. */
export function checkEncrypted(subject: Subject, { rules }: WebClient): URL {
  const url = rules.check(subject.value);
  if (url.protocol !== 'https:' && !rules.allows(url)) throw insecure({ ...subject, value: `${url.origin}${url.pathname}` });
  return url;
}
