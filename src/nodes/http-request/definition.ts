import { z } from "zod";
import { defineNode } from "../definition.ts";
import { json } from "../graph.ts";

export const httpMethods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] as const;

const MAX_TIMEOUT_MS = 120_000;
const MAX_RESPONSE_BYTES = 10_000_000;

/** `a.b[0].c`: names and indexes, no expressions. Empty: the whole body. */
const path = z
  .string()
  .regex(/^$|^[\w$-]+(\[\d+\])*(\.[\w$-]+(\[\d+\])*)*$/, "Use names with dots between them, like data.items or pages[0].next.");

export const pagination = z.object({
  /** Where the address of the next page stands in the body; nothing there ends the paging. */
  nextPath: path.min(1),
  itemsPath: path,
  /** Where the number of pages stands, so that progress can say "of 12". */
  pageCountPath: path.optional(),
  maxPages: z.int().min(1).max(1_000).default(100),
});

export const httpRequest = defineNode({
  type: "http.request",
  title: "HTTP request",
  description: "Asks an address on the web and passes on what it answers, page by page if need be.",
  icon: "globe",
  parameters: z.object({
    method: z.enum(httpMethods).default("GET"),
    url: z
      .string()
      .min(1, "Give the address to ask.")
      .max(2_000)
      .regex(/^(https?:\/\/|\/(?!\/))/i, "Start the address with http://, https://, or with / for this app."),
    headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, "This is no header name."), z.string().max(8_000)).default({}),
    body: json.optional(),
    itemsPath: path.default(""),
    pagination: pagination.optional(),
    timeoutMs: z.int().min(100).max(MAX_TIMEOUT_MS).default(10_000),
    maxResponseBytes: z.int().min(1).max(MAX_RESPONSE_BYTES).default(2_000_000),
  }),
  fields: {
    method: { label: "Method", input: "select", options: httpMethods.map((value) => ({ value, label: value })) },
    url: {
      label: "Address",
      help: "With / at the start it means this app. Addresses inside private networks are refused.",
      input: "text",
      placeholder: "https://example.com/orders",
    },
    headers: {
      label: "Headers",
      help: "Not sent on when the server redirects to another site, if they could identify you.",
      input: "pairs",
    },
    body: { label: "Body", help: "Sent as JSON; leave it empty to send none.", input: "json" },
    itemsPath: {
      label: "Items at",
      help: "Where the items stand in the answer; empty: the whole answer.",
      input: "text",
      placeholder: "data.items",
    },
    pagination: {
      label: "Pages",
      help: "Where the next page's address and a page's items stand: nextPath, itemsPath, pageCountPath, maxPages.",
      input: "json",
    },
    timeoutMs: { label: "Time limit", help: "For each page.", input: "number", unit: "ms" },
    maxResponseBytes: { label: "Size limit", help: "For each page; a longer answer fails the node.", input: "number", unit: "bytes" },
  },
  items: "Makes its request once, whatever comes in. An answer that is a list becomes one item per element, anything else one item.",
  hasInput: true,
});
