import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { ADDRESS_HEADER, clientAddress, stampClientAddress } from "#server/client-address.ts";

const request = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
  // The two things that are looked at.
  ({ socket: { remoteAddress }, headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded } }) as unknown as IncomingMessage;

test.each([
  ["a caller who connects directly is where the connection comes from, whatever the header says", "203.0.113.9", "1.2.3.4", "203.0.113.9"],
  ["behind a proxy it is what the proxy saw, not what the caller wrote before it", "127.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"],
  ["proxies in a row are passed over", "10.0.0.1", "203.0.113.9, 10.0.0.2, 192.168.1.1", "203.0.113.9"],
  ["what is no address ends the search", "127.0.0.1", "203.0.113.9, evil", "127.0.0.1"],
  ["without a header it is the connection", "::ffff:127.0.0.1", undefined, "127.0.0.1"],
  ["an IPv6 address stands for its network, of which somebody has every address", "2001:DB8:0:7:a:b:c:d", undefined, "2001:db8:0:7::/64"],
  ["also when a proxy saw it", "::1", "2001:db8:0:7::2", "2001:db8:0:7::/64"],
  ["one network has one spelling", "2001:db8:0:7:0:0:0:0", undefined, "2001:db8:0:7::/64"],
  ["IPv4 that was translated is one of many", "64:ff9b::203.0.113.9", undefined, "64:ff9b::cb00:7109"],
  ["near ones are machines, not customers", "fd00::1", undefined, "fd00::1"],
  ["a connection that is gone is unknown", undefined, "203.0.113.9", "unknown"],
])("%s", (_, peer, forwarded, expected) => {
  expect(clientAddress(request(peer, forwarded))).toBe(expected);
});

test("what the caller wrote into our own header does not stay", () => {
  const req = request("203.0.113.9");
  req.headers[ADDRESS_HEADER] = "1.2.3.4";
  stampClientAddress(req);
  expect(req.headers[ADDRESS_HEADER]).toBe("203.0.113.9");
});
