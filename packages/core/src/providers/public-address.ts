import { BlockList, isIP } from 'node:net';

/** Ranges of no use to the public internet: this host, private and shared networks, link-local, tests, multicast. */
const SPECIAL_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Global unicast is 2000::/3; within it lie tunnels (Teredo, 6to4), tests and documentation. */
const GLOBAL_IPV6: readonly (readonly [string, number])[] = [['2000::', 3]];
const SPECIAL_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Their last 32 bits are an IPv4 address: mapped ones, and what networks without IPv4 translate (NAT64). */
const EMBEDDING_IPV6: readonly (readonly [string, number])[] = [
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
];

const specialIpv4 = listOf(SPECIAL_IPV4, 'ipv4');
const globalIpv6 = listOf(GLOBAL_IPV6, 'ipv6');
const specialIpv6 = listOf(SPECIAL_IPV6, 'ipv6');
const embeddingIpv6 = listOf(EMBEDDING_IPV6, 'ipv6');

/** Tells whether an IP address belongs to the public internet; false for everything that is no IP address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !specialIpv4.check(address, 'ipv4');
  // A zone means an address of one link only.
  if (family !== 6 || address.includes('%')) return false;
  if (embeddingIpv6.check(address, 'ipv6')) return !specialIpv4.check(embeddedIpv4(address), 'ipv4');
  return globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
}

function listOf(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family);
  return list;
}

function embeddedIpv4(address: string): string {
  // The URL parser writes every spelling of an address in one way: hexadecimal, zeros shortened.
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':');
  const [high, low] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16));
  const bits = ((high ?? 0) << 16) | (low ?? 0);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
