import { describe, expect, test } from "vitest";
import { contentSecurityPolicy, refuseForeign, refuseForm } from "#server/page-safety.ts";

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
