import { expect, test } from "vitest";
import { isPublicAddress } from "#nodes/address.ts";

const refused = {
  loopback: ["127.0.0.1", "127.255.255.254", "::1"],
  "this host": ["0.0.0.0", "0.1.2.3", "::"],
  private: ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fdff::1"],
  "link-local and cloud metadata": [
    "169.254.0.1",
    "169.254.169.254",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "168.63.129.16",
    "::ffff:168.63.129.16",
  ],
  "carrier-grade NAT": ["100.64.0.1", "100.127.255.255"],
  "reserved, documentation, benchmarks": [
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "240.0.0.1",
    "2001:db8::1",
  ],
  "multicast and broadcast": ["224.0.0.1", "255.255.255.255", "ff02::1"],
  "IPv4 inside IPv6": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::127.0.0.1", "::7f00:1"],
  tunnels: ["64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1"],
  "no addresses": ["", "localhost", "127.0.0.1.example.com", "1.2.3.4:80"],
};

for (const [kind, addresses] of Object.entries(refused)) {
  test(`refuses ${kind}`, () => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });
}

test("allows what is on the public internet", () => {
  const addresses = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "::ffff:8.8.8.8",
    "2606:4700:4700::1111",
    "2a00:1450::1",
  ];
  expect(addresses.filter((address) => !isPublicAddress(address))).toEqual([]);
});
