import { BlockList, isIP } from 'node:net';

// https://www.iana.org/assignments/iana-ipv4-special-registry, all that is not for everybody's use on the whole internet.
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // A service of Azure's for its own machines that looks like any other address.
  '168.63.129.16/32',
];

// Global unicast is 2000::/3. Everything else is not public: loopback, ULA, link-local, multicast, NAT64, what is mapped or translated.
const GLOBAL_6 = '2000::/3';
// Within it: protocols (with Teredo and ORCHID), documentation, 6to4, AS112; several of them hold an IPv4 address that could be any.
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

function listOf(ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, bits] = range.split('/') as [string, string];
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

const NOT_PUBLIC = { 4: listOf(NOT_PUBLIC_4, 'ipv4'), 6: listOf(NOT_PUBLIC_6, 'ipv6') };
const GLOBAL = listOf([GLOBAL_6], 'ipv6');

/** Whether an address, written in any form that a resolver or socket gives, belongs to some machine on the open internet. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  // With a zone it belongs to one of our own networks.
  if (family === 0 || address.includes('%')) return false;
  if (family === 4) return !NOT_PUBLIC[4].check(address, 'ipv4');
  return GLOBAL.check(address, 'ipv6') && !NOT_PUBLIC[6].check(address, 'ipv6');
}
