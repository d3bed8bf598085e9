import { expect, test } from "vitest";
import { type FetchRequest, type FetchResponse, NodeFailure } from "#nodes/context.ts";
import { completeParameters } from "#nodes/definitions.ts";
import type { Item, Json } from "#nodes/graph.ts";
import { runNode } from "#nodes/runners.ts";

/** Runs the node against a site that `answer` plays. */
async function request(parameters: { [name: string]: Json }, answer: (url: URL) => Json | Partial<FetchResponse>) {
  const requests: FetchRequest[] = [];
  const progress: string[] = [];
  const fetch = async (call: FetchRequest): Promise<FetchResponse> => {
    requests.push(call);
    const response = { status: 200, url: call.url, contentType: "application/json; charset=utf-8" };
    const given = answer(new URL(call.url));
    const whole = typeof given === "object" && given !== null && !Array.isArray(given) && "text" in given;
    return whole ? { ...response, text: "", ...given } : { ...response, text: JSON.stringify(given) };
  };
  const evaluate = () => Promise.reject(new Error("This node evaluates nothing."));
  const items: Item[] = await runNode(
    { id: "a", type: "http.request", name: "A", position: { x: 0, y: 0 }, parameters },
    { fetch, evaluate, origin: "http://127.0.0.1:3000" },
    {
      input: [],
      executionInput: null,
      attempt: 1,
      signal: new AbortController().signal,
      progress: (done, total, message) => progress.push(`${done}/${total} ${message}`),
    },
  );
  return { items, requests, progress };
}

const paging = { nextPath: "next", itemsPath: "data.items", pageCountPath: "pages", maxPages: 3 };

test("an address that starts with / means this app", async () => {
  const { requests } = await request({ url: "/api/x?y=1" }, () => []);
  expect(requests[0]?.url).toBe("http://127.0.0.1:3000/api/x?y=1");
  const { timeoutMs, maxResponseBytes } = completeParameters({ type: "http.request", parameters: { url: "/" } });
  expect(requests[0]).toMatchObject({ method: "GET", body: null, timeoutMs, maxResponseBytes });
});

test("a list becomes items, anything else one item, text stays text, nothing is null", async () => {
  expect((await request({ url: "/" }, () => [1, 2])).items).toEqual([1, 2]);
  expect((await request({ url: "/" }, () => ({ a: 1 }))).items).toEqual([{ a: 1 }]);
  expect((await request({ url: "/", itemsPath: "a.b" }, () => ({ a: { b: [3] } }))).items).toEqual([3]);
  expect((await request({ url: "/" }, () => ({ text: "hello", contentType: "text/plain" }))).items).toEqual(["hello"]);
  expect((await request({ url: "/" }, () => ({ text: "" }))).items).toEqual([null]);
});

test("follows the next page, wherever the answer stands, and tells how far it is", async () => {
  const { items, progress, requests } = await request({ url: "https://a.example/list/?page=1", pagination: paging }, (url) => {
    const page = Number(url.searchParams.get("page"));
    return { data: { items: [page] }, pages: 3, next: page < 3 ? `?page=${page + 1}` : null };
  });
  expect(items).toEqual([1, 2, 3]);
  expect(progress).toEqual(["1/3 Page 1 of 3, 1 items", "2/3 Page 2 of 3, 2 items", "3/3 Page 3 of 3, 3 items"]);
  expect(requests[2]?.url).toBe("https://a.example/list/?page=3");
});

test("a next page on another site gets neither headers nor a body of the user's", async () => {
  const headers = { authorization: "secret" };
  const parameters = { url: "https://a.example/", method: "POST", headers, body: { key: "secret" }, pagination: paging };
  const { requests } = await request(parameters, (url) => ({
    data: { items: [] },
    next: url.hostname === "a.example" ? "https://b.example/" : null,
  }));
  expect(requests.map((each) => each.headers.authorization)).toEqual(["secret", undefined]);
  expect(requests.map(({ body }) => body)).toEqual(['{"key":"secret"}', null]);
});

test.each<[string, { [name: string]: Json }, (url: URL) => Json | Partial<FetchResponse>]>([
  ["TOO_MANY_PAGES", { pagination: paging }, (url) => ({ data: { items: [] }, next: `${url.href}x` })],
  ["TOO_MANY_ITEMS", { pagination: paging }, () => ({ data: { items: new Array(900_000).fill(0) } })],
  [
    "ITEMS_TOO_LARGE",
    { pagination: { ...paging, maxPages: 1_000 } },
    (url) => ({ data: { items: ["x".repeat(900_000)] }, next: url.href.length > 30 ? null : `${url.href}x` }),
  ],
  ["REPEATED_PAGE", { pagination: paging }, (url) => ({ data: { items: [] }, next: url.href })],
  ["BAD_ANSWER", { pagination: paging }, () => ({ data: { items: [] }, next: 7 })],
  ["BAD_ANSWER", { pagination: paging }, () => ({ other: [] })],
  ["BAD_ANSWER", {}, () => ({ text: "{" })],
  ["HTTP_503", {}, () => ({ text: "", status: 503 })],
  ["HTTP_404", {}, () => ({ text: "", status: 404 })],
  ["INVALID_PARAMETERS", { timeoutMs: -1 }, () => []],
])("%s is told in words", async (code, parameters, answer) => {
  const failure = await request({ url: "https://a.example/x", ...parameters }, answer).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NodeFailure);
  expect(failure).toMatchObject({
    code,
    message: expect.stringMatching(/^(The|There|Too|What|a\.example) .{20,}/),
    retryable: !/404|PARAMETERS|PAGES|ITEMS/.test(code),
  });
});

test("a body is sent as JSON, and not with a method that has none", async () => {
  const post = await request({ url: "/", method: "POST", body: { a: 1 } }, () => []);
  expect(post.requests[0]).toMatchObject({ body: '{"a":1}', headers: { "content-type": "application/json" } });
  const get = await request({ url: "/", body: { a: 1 } }, () => []);
  expect(get.requests[0]?.body).toBeNull();
});

test("an answer that is nested too deeply is refused in words, read page by page or not", async () => {
  const nested = (levels: number) => ({ text: `${"[".repeat(levels)}${"]".repeat(levels)}` });
  expect((await request({ url: "/" }, () => nested(200))).items).toHaveLength(1);
  const ways: { [name: string]: Json }[] = [{ url: "/" }, { url: "/", pagination: { nextPath: "next", itemsPath: "" } }];
  for (const levels of [201, 100_000]) {
    for (const parameters of ways) {
      const answer = request(parameters, () => nested(levels));
      await expect(answer).rejects.toMatchObject({ code: "BAD_ANSWER", message: expect.stringContaining("nested more than 200 levels") });
    }
  }
});
