import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { applyPagePolicy, contentSecurityPolicy, refuseForeign, refuseForm } from "#server/page-safety.ts";

describe("the policy", () => {
  const policy = (development: boolean) =>
    contentSecurityPolicy({ nonce: "bm9uY2U=", development, socketOrigins: ["wss://app.example"] }).split("; ");

  test("runs no inline script without the nonce, and evaluates nothing in production", () => {
    const scripts = policy(false).find((directive) => directive.startsWith("script-src"));
    expect(scripts).toBe("script-src 'self' 'nonce-bm9uY2U=' 'strict-dynamic'");
    expect(policy(true).find((directive) => directive.startsWith("script-src"))).toContain("'unsafe-eval'");
    expect(policy(true).find((directive) => directive.startsWith("script-src"))).not.toContain("unsafe-inline");
  });

  test("names where sockets go, and lets nobody else frame the app", () => {
    expect(policy(false)).toContain("connect-src 'self' wss://app.example");
    expect(policy(false)).toContain("frame-ancestors 'self'");
    expect(policy(false)).toContain("object-src 'none'");
  });
});

describe("a page and its request", () => {
  function apply(headers: Record<string, string>, publicUrl: string | null = null) {
    const req = { headers: { ...headers } as Record<string, string> };
    const set = new Map<string, string>();
    const res = { setHeader: (name: string, value: string) => set.set(name, value) };
    // All that is used of the two.
    applyPagePolicy(req as unknown as IncomingMessage, res as unknown as ServerResponse, { nodeEnv: "production", publicUrl });
    return { req, policy: set.get("content-security-policy") ?? "" };
  }

  test("share a nonce that is new each time and nobody else chose", () => {
    const chosen = { "content-security-policy": "script-src 'nonce-evil'", "x-nonce": "evil", "content-security-policy-report-only": "x" };
    const [one, two] = [apply(chosen), apply(chosen)];
    expect(one.policy).toContain(`'nonce-${one.req.headers["x-nonce"]}'`);
    expect(one.req.headers["content-security-policy"]).toBe(one.policy);
    expect(one.req.headers["content-security-policy-report-only"]).toBeUndefined();
    expect(JSON.stringify(one)).not.toContain("evil");
    expect(one.req.headers["x-nonce"]).not.toBe(two.req.headers["x-nonce"]);
  });

  test("name the sockets' address: the configured one, else the one that was asked", () => {
    expect(apply({ host: "localhost:3000" }).policy).toContain("connect-src 'self' ws://localhost:3000 wss://localhost:3000;");
    expect(apply({ host: "[::1]:3000" }).policy).toContain("ws://[::1]:3000");
    expect(apply({ host: "10.0.0.7" }, "https://app.example.com/x").policy).toContain("connect-src 'self' wss://app.example.com;");
  });

  test.each(["x; script-src *", "x script-src", "x,y", "*", "x'y"])("take nothing into the policy that is no host: %j", (host) => {
    expect(apply({ host }).policy).toContain("connect-src 'self';");
  });
});

describe("what changes something comes from our own pages", () => {
  const ask = (headers: Record<string, string>, method = "POST", publicUrl: string | null = null) =>
    refuseForeign({ method, headers: { host: "app.example.com", ...headers } }, publicUrl)?.status ?? null;

  test.each([
    ["our page", { origin: "https://app.example.com" }],
    ["a script, which has no Origin", {}],
    ["a browser that leaves Origin out and says where it is", { "sec-fetch-site": "same-origin" }],
  ])("%s is let in", (_, headers) => expect(ask(headers)).toBeNull());

  test.each([
    ["another site", { origin: "https://evil.example" }],
    ["a sibling subdomain", { origin: "https://blog.example.com" }],
    ["the parent domain", { origin: "https://example.com" }],
    ["another port", { origin: "https://app.example.com:8443" }],
    ["a sandboxed frame", { origin: "null" }],
    ["a sibling without Origin", { "sec-fetch-site": "same-site" }],
    ["another site without Origin", { "sec-fetch-site": "cross-site" }],
  ])("%s is refused", (_, headers) => {
    expect(ask(headers)).toBe(403);
    expect(ask(headers, "DELETE")).toBe(403);
    expect(ask(headers, "GET")).toBeNull();
  });

  test("behind a proxy that rewrites Host, the configured address counts", () => {
    expect(ask({ host: "10.0.0.7:3000", origin: "https://app.example.com" }, "POST", "https://app.example.com")).toBeNull();
    expect(ask({ host: "10.0.0.7:3000", origin: "https://blog.example.com" }, "POST", "https://app.example.com")).toBe(403);
  });
});

test.each([
  [undefined, 415],
  ["text/plain", 415],
  ["application/x-www-form-urlencoded", 415],
  ["multipart/form-data; boundary=x", 415],
  ["text/plain; application/json", 415],
  ["application/octet-stream", 415],
  ["application/json", null],
  ["application/json; charset=utf-8", null],
])("a mutation as %s is answered %s", (type, status) => {
  const headers = type === undefined ? {} : { "content-type": type };
  expect(refuseForm({ method: "POST", headers })?.status ?? null).toBe(status);
});
