import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import type { FetchRequest } from "#nodes/context.ts";
import { createGuardedFetch, type GuardedFetchOptions } from "#nodes/guarded-fetch.ts";

const never = new AbortController().signal;

async function serve(handler: RequestListener) {
  const seen: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    seen.push(req);
    handler(req, res);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // listening on a port, so it is no path
  return {
    seen,
    host: `127.0.0.1:${port}`,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function guardedFetch(options: Partial<GuardedFetchOptions> = {}) {
  const guarded = createGuardedFetch({ allowHosts: [], ...options });
  return {
    get: (url: string, call: Partial<FetchRequest> = {}, signal = never) =>
      guarded.fetch({ method: "GET", headers: {}, body: null, timeoutMs: 60_000, maxResponseBytes: 1_000, ...call, url }, signal),
    [Symbol.asyncDispose]: () => guarded.close(),
  };
}

describe("[NODE1] an address inside the network is refused", () => {
  test.each([
    "http://127.0.0.1:PORT/",
    "http://2130706433:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0x7f.1:PORT/",
    "http://127.1:PORT/",
    "http://localhost:PORT/",
    "http://0.0.0.0:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://①②⑦.0.0.1:PORT/",
  ])("%s", async (url) => {
    await using server = await serve((_, res) => res.end("secret"));
    await using fetch = await guardedFetch();
    await expect(fetch.get(url.replace("PORT", String(server.port)))).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    expect(server.seen).toEqual([]);
  });

  test("when a public name resolves to it, alone or beside a public address", async () => {
    await using server = await serve((_, res) => res.end("secret"));
    const answers = [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:10.0.0.1"], ["10.0.0.1"]];
    for (const addresses of answers) {
      const resolve = async () => addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      await using fetch = await guardedFetch({ resolve });
      await expect(fetch.get(`http://example.com:${server.port}/`)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    }
    expect(server.seen).toEqual([]);
  });

  test("when the name's second look-up answers otherwise than the first", async () => {
    await using server = await serve((_, res) => res.end("secret"));
    let lookups = 0;
    const resolve = async () => [{ address: ++lookups === 1 ? "192.0.2.1" : "127.0.0.1", family: 4 }];
    await using fetch = await guardedFetch({ resolve });
    const url = `http://example.com:${server.port}/`;
    await expect(fetch.get(url)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    await expect(fetch.get(url)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    expect(server.seen).toEqual([]);
  });

  test("when an allowed host redirects to it", async () => {
    await using inner = await serve((_, res) => res.end("secret"));
    for (const target of [`http://${inner.host}/`, `http://localhost:${inner.port}/`, "http://169.254.169.254/", "http://[::1]/"]) {
      await using outer = await serve((_, res) => res.writeHead(302, { location: target }).end());
      await using fetch = await guardedFetch({ allowHosts: [outer.host] });
      await expect(fetch.get(`http://${outer.host}/`)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
    }
    expect(inner.seen).toEqual([]);
  });
});

test("[NODE1] a host on the list is reached, on that port only", async () => {
  await using server = await serve((_, res) => res.writeHead(200, { "content-type": "application/json" }).end("[1]"));
  await using other = await serve((_, res) => res.end());
  await using fetch = await guardedFetch({ allowHosts: [server.host] });
  expect(await fetch.get(`http://${server.host}/`)).toMatchObject({ status: 200, text: "[1]", contentType: "application/json" });
  await expect(fetch.get(`http://${other.host}/`)).rejects.toMatchObject({ code: "ADDRESS_REFUSED" });
});

test("a redirect to another origin takes no credentials along, one within it does", async () => {
  await using second = await serve((_, res) => res.end("ok"));
  await using first = await serve((req, res) => {
    res.writeHead(307, { location: req.url === "/" ? "/again" : `http://${second.host}/` }).end();
  });
  await using fetch = await guardedFetch({ allowHosts: [first.host, second.host] });
  const headers = { Authorization: "Bearer secret", Cookie: "a=b", "X-Api-Key": "secret", Accept: "text/plain" };
  expect(await fetch.get(`http://${first.host}/`, { headers })).toMatchObject({ text: "ok", url: `http://${second.host}/` });
  expect(first.seen[1]?.headers).toMatchObject({ authorization: "Bearer secret", cookie: "a=b" });
  expect(second.seen[0]?.headers).toMatchObject({ accept: "text/plain" });
  expect(Object.keys(second.seen[0]?.headers ?? {})).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/authorization|cookie|x-api-key/)]),
  );
});

test("redirects that never end, odd protocols, passwords in addresses and smuggled headers are refused", async () => {
  await using server = await serve((req, res) => {
    const location = req.url === "/ftp" ? "ftp://127.0.0.1/" : req.url === "/auth" ? `http://user:pw@${req.headers.host}/` : "/";
    res.writeHead(302, { location }).end();
  });
  await using fetch = await guardedFetch({ allowHosts: [server.host] });
  await expect(fetch.get(`http://${server.host}/`)).rejects.toMatchObject({ code: "TOO_MANY_REDIRECTS" });
  await expect(fetch.get(`http://${server.host}/ftp`)).rejects.toMatchObject({ code: "BAD_ADDRESS" });
  await expect(fetch.get(`http://${server.host}/auth`)).rejects.toMatchObject({ code: "BAD_ADDRESS" });
  await expect(fetch.get("file:///etc/passwd")).rejects.toMatchObject({ code: "BAD_ADDRESS" });
  await expect(fetch.get(`http://${server.host}/`, { headers: { Host: "other" } })).rejects.toMatchObject({ code: "RESERVED_HEADER" });
});

test("an answer that is too large, too slow or cut off fails in words, and a cancelled request ends at once", async () => {
  await using server = await serve((req, res) => {
    if (req.url === "/large") res.end("x".repeat(2_000));
    else if (req.url === "/endless") res.write("x");
    else if (req.url === "/cut") {
      res.writeHead(200, { "content-length": 100 });
      res.write("x", () => res.destroy());
    }
  });
  await using fetch = await guardedFetch({ allowHosts: [server.host] });
  await expect(fetch.get(`http://${server.host}/large`)).rejects.toMatchObject({ code: "RESPONSE_TOO_LARGE" });
  await expect(fetch.get(`http://${server.host}/silent`, { timeoutMs: 150 })).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(fetch.get(`http://${server.host}/endless`, { timeoutMs: 150 })).rejects.toMatchObject({ code: "TIMEOUT" });
  await expect(fetch.get(`http://${server.host}/cut`)).rejects.toMatchObject({
    code: "REQUEST_FAILED",
    message: expect.stringContaining("ended the connection"),
  });

  const abort = new AbortController();
  const request = fetch.get(`http://${server.host}/silent`, {}, abort.signal);
  const reason = new Error("cancelled");
  abort.abort(reason);
  await expect(request).rejects.toBe(reason);
});
