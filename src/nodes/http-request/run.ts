/** Asks an address, and where the answer names a next page, asks on. */
import type { z } from "zod";
import { defineRunner, type FetchResponse, type NodeContext, NodeFailure } from "../context.ts";
import type { Item, Json } from "../graph.ts";
import { isTooDeep, itemsTooLarge, MAX_DEPTH, MAX_ITEMS, MAX_ITEMS_BYTES, megabytes } from "../limits.ts";
import { httpRequest, type pagination } from "./definition.ts";
import { valueAt } from "./json-path.ts";

type Context = NodeContext<z.output<typeof httpRequest.parameters>>;

export const runHttpRequest = defineRunner(httpRequest, async (context) => {
  const { parameters } = context;
  const first = new URL(parameters.url, context.origin);
  if (parameters.pagination) return requestPages(context, first, parameters.pagination);
  const { url, value } = await requestPage(context, first, parameters);
  return toItems(value, parameters.itemsPath, url);
});

async function requestPages(context: Context, first: URL, paging: z.output<typeof pagination>): Promise<Item[]> {
  const items: Item[] = [];
  let bytes = 0;
  const seen = new Set<string>();
  let next: URL | null = first;
  for (let page = 1; next !== null; page++) {
    if (page > paging.maxPages) {
      throw new NodeFailure(
        "TOO_MANY_PAGES",
        `${first.host} has more than ${paging.maxPages} pages. Raise maxPages, or ask for larger pages.`,
        { retryable: false },
      );
    }
    if (seen.has(next.href))
      throw new NodeFailure("REPEATED_PAGE", `${next.host} names a page as the next one that was read already: ${next.pathname}.`);
    seen.add(next.href);
    // A next page elsewhere is somebody else's: it gets neither a header nor a body, which could hold a key.
    const { url, value } = await requestPage(context, next, next.origin === first.origin ? context.parameters : { headers: {} });
    const found = toItems(value, paging.itemsPath, url);
    // Before they pile up: a server that always names a next page must end somewhere before `maxPages` of large pages.
    if (items.length + found.length > MAX_ITEMS)
      throw new NodeFailure("TOO_MANY_ITEMS", `${first.host} answered with more than ${MAX_ITEMS} items.`, { retryable: false });
    bytes += Buffer.byteLength(JSON.stringify(found));
    if (bytes > MAX_ITEMS_BYTES) throw itemsTooLarge(`${first.host} answered with more than ${megabytes(MAX_ITEMS_BYTES)} MB of items`);
    for (const item of found) items.push(item);
    const pageCount = paging.pageCountPath === undefined ? undefined : valueAt(value, paging.pageCountPath);
    const total = typeof pageCount === "number" ? pageCount : null;
    context.progress(page, total, `Page ${page}${total === null ? "" : ` of ${total}`}, ${items.length} items`);
    next = nextPage(value, paging.nextPath, url);
  }
  return items;
}

function nextPage(value: Json, path: string, current: string): URL | null {
  const next = valueAt(value, path);
  if (next === undefined || next === null || next === "" || next === false) return null;
  if (typeof next !== "string" || !URL.canParse(next, current)) {
    throw new NodeFailure("BAD_ANSWER", `What stands at "${path}" in the answer of ${new URL(current).host} is no address.`);
  }
  return new URL(next, current);
}

async function requestPage(
  context: Context,
  url: URL,
  { headers, body }: Pick<Context["parameters"], "headers" | "body">,
): Promise<{ url: string; value: Json }> {
  const { method, timeoutMs, maxResponseBytes } = context.parameters;
  const json = body === undefined || method === "GET" || method === "HEAD" ? null : JSON.stringify(body);
  const response = await context.fetch(
    {
      method,
      url: url.href,
      headers: { accept: "application/json", ...(json === null ? {} : { "content-type": "application/json" }), ...headers },
      body: json,
      timeoutMs,
      maxResponseBytes,
    },
    context.signal,
  );
  if (response.status >= 400) {
    // Told to go away for good is not worth a retry; 408 and 429 say "later".
    const retryable = response.status >= 500 || response.status === 408 || response.status === 429;
    throw new NodeFailure(`HTTP_${response.status}`, `${new URL(response.url).host} answered with status ${response.status}.`, {
      retryable,
    });
  }
  return { url: response.url, value: bodyOf(response) };
}

function bodyOf(response: FetchResponse): Json {
  if (!/[/+]json\b/i.test(response.contentType)) return response.text;
  if (response.text.trim() === "") return null;
  const { host } = new URL(response.url);
  let value: Json;
  try {
    value = JSON.parse(response.text);
  } catch (cause) {
    throw new NodeFailure("BAD_ANSWER", `${host} says it answers with JSON, but it is not readable as JSON.`, { cause });
  }
  if (isTooDeep(value)) throw new NodeFailure("BAD_ANSWER", `${host} answers with JSON that is nested more than ${MAX_DEPTH} levels deep.`);
  return value;
}

function toItems(value: Json, path: string, url: string): Item[] {
  const items = valueAt(value, path);
  if (items === undefined) throw new NodeFailure("BAD_ANSWER", `There is nothing at "${path}" in the answer of ${new URL(url).host}.`);
  return Array.isArray(items) ? items : [items];
}
