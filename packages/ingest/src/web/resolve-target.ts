import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './addresses.js';
import type { WebLimits } from './web-limits.js';
import { nameNotFound, notPublic } from './web-refused.js';
import type { WebRules } from './web-rules.js';

export interface Target {
  name: string;
  /** By the operator, whatever its address is. */
  isAllowed: boolean;
}

/** Where a target is: refused if any of its addresses is not public, unless the operator allows it. */
export async function addressesOf({ name, isAllowed }: Target, rules: WebRules, limits: WebLimits): Promise<readonly string[]> {
  const addresses = isIP(name) ? [name] : await within(limits.resolveMs, name, rules.resolve(name));
  if (addresses.length === 0) throw nameNotFound(name);
  if (!isAllowed && !addresses.every(isPublicAddress)) throw notPublic(name);
  return addresses;
}

/** Instead of a lookup: the addresses that were looked at. */
export function pinned(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, { all }, callback) => {
    if (all) callback(null, answers);
    else callback(null, answers[0]?.address as string, answers[0]?.family);
  };
}

async function within(ms: number, name: string, answer: Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(nameNotFound(name)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    throw nameNotFound(name, error);
  } finally {
    clearTimeout(timer);
  }
}
