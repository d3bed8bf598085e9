/** Which network addresses a user's request may reach: what is public, and nothing else. */
import ipaddr from "ipaddr.js";

/** The only block that is given out for the public internet; ::/96 (IPv4 inside IPv6) and friends lie outside of it. */
const GLOBAL_IPV6 = ipaddr.IPv6.parse("2000::");
const GLOBAL_IPV6_PREFIX = 3;

/** Public by its number, and yet a cloud's own: Azure's virtual machines get their secrets from it. */
const WIRE_SERVER = "168.63.129.16";

/**
 * True when `address`, an IP literal, is on the public internet. Named by what is allowed, because every list of what is not
 * (loopback, private, link-local, carrier-grade NAT, metadata services, documentation, multicast, tunnels to any of these) was
 * once too short.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `process` turns an IPv4-mapped IPv6 address into the IPv4 one that it reaches.
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast" || parsed.toString() === WIRE_SERVER) return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6, GLOBAL_IPV6_PREFIX);
}
