/**
 * From which address a request comes, for limits that count by it.
 *
 * `x-forwarded-for` is written by anybody, so it counts only when the connection itself comes from a private or loopback
 * address, which is where a reverse proxy sits; then its last entry that is not such an address is the caller, since that one
 * was written by the nearest proxy. A caller who connects directly cannot choose what we see.
 *
 * The http server stamps the answer on the request before Next gets it, replacing what the caller may have sent: next-auth
 * hands its `authorize` nothing but headers.
 */
import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

export const ADDRESS_HEADER = "x-heliograph-client-address";
export const UNKNOWN_ADDRESS = "unknown";

/** Who has one IPv6 address has all of its network, and could count from one each time. */
const IPV6_NETWORK_BITS = 64;

/** The caller's address, of IPv6 its network (`2001:db8::/64`); "unknown" when the connection is already gone. */
export function clientAddress(req: IncomingMessage): string {
  const address = callerOf(req);
  if (address === null) return UNKNOWN_ADDRESS;
  const parsed = ipaddr.process(address);
  // What translates IPv4 has everybody's addresses in one network.
  if (parsed instanceof ipaddr.IPv4 || isNear(address) || parsed.range() === "rfc6052") return address;
  const network = new ipaddr.IPv6(parsed.toByteArray().fill(0, IPV6_NETWORK_BITS / 8));
  return `${network}/${IPV6_NETWORK_BITS}`;
}

function callerOf(req: IncomingMessage): string | null {
  const peer = normalize(req.socket.remoteAddress ?? "");
  if (peer === null || !isNear(peer)) return peer;
  const forwarded = [req.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
  for (const entry of forwarded.reverse()) {
    const address = normalize(entry.trim());
    if (address === null) break;
    if (!isNear(address)) return address;
  }
  return peer;
}

/** Call it for every request that goes to Next. */
export function stampClientAddress(req: IncomingMessage): void {
  req.headers[ADDRESS_HEADER] = clientAddress(req);
}

function normalize(text: string): string | null {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : null;
}

function isNear(address: string): boolean {
  const range = ipaddr.process(address).range();
  return range === "loopback" || range === "private" || range === "uniqueLocal" || range === "linkLocal";
}
