/**
 * What browsers are told and asked, so that other people's pages and other people's text can do nothing here.
 *
 * Scripts run only with the nonce of their response, or when a script that had it loads them. Next reads the nonce from the
 * request's `content-security-policy` header and puts it on its own script tags, so that header is set on the request as well; a
 * page that wants it for a script of its own finds it in `x-nonce`. Pages are therefore made per request. Styles may be inline:
 * components position things by them, and a style that somebody managed to write runs nothing.
 *
 * Whatever changes something must come from a page of ours. The session cookie is SameSite=Lax, which keeps other sites out but
 * not a sibling subdomain, which is the same site; and forms can send some content types from anywhere.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isOwnOrigin } from "#ws/origin.ts";
import type { Env } from "./env.ts";

const NONCE_BYTES = 16;

export interface PolicyOptions {
  readonly nonce: string;
  /** Hot reload and React's error pages evaluate text. */
  readonly development: boolean;
  /** Where sockets may go besides the page's own origin, for browsers whose 'self' does not cover ws: and wss:. */
  readonly socketOrigins: readonly string[];
}

export function contentSecurityPolicy({ nonce, development, socketOrigins }: PolicyOptions): string {
  const directives: Record<string, readonly string[]> = {
    "default-src": ["'self'"],
    "script-src": ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", ...(development ? ["'unsafe-eval'"] : [])],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "font-src": ["'self'", "data:"],
    "connect-src": ["'self'", ...socketOrigins],
    "worker-src": ["'self'", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "form-action": ["'self'"],
    // 'self' and not 'none': the split view shows two clients of this app side by side.
    "frame-src": ["'self'"],
    "frame-ancestors": ["'self'"],
  };
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(" ")}`)
    .join("; ");
}

/** For what goes to Next: gives the response its policy and the request the nonce. */
export function applyPagePolicy(req: IncomingMessage, res: ServerResponse, env: Pick<Env, "nodeEnv" | "publicUrl">): void {
  const nonce = randomBytes(NONCE_BYTES).toString("base64");
  const policy = contentSecurityPolicy({
    nonce,
    development: env.nodeEnv === "development",
    socketOrigins: socketOrigins(req, env.publicUrl),
  });
  // Both replace what the caller may have sent: a nonce that somebody else chose is none.
  req.headers["content-security-policy"] = policy;
  delete req.headers["content-security-policy-report-only"];
  req.headers["x-nonce"] = nonce;
  res.setHeader("content-security-policy", policy);
}

/** A host name or address with an optional port, and nothing that could end a directive. */
const HOST = /^([\w.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?$/;

function socketOrigins(req: IncomingMessage, publicUrl: string | null): string[] {
  if (publicUrl !== null) return [new URL(publicUrl).origin.replace(/^http/, "ws")];
  const { host } = req.headers;
  return host !== undefined && HOST.test(host) ? [`ws://${host}`, `wss://${host}`] : [];
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** Why a request may not change anything here; null when it may try. */
export function refuseForeign(req: Pick<IncomingMessage, "headers" | "method">, publicUrl: string | null): Refusal | null {
  return SAFE_METHODS.has(req.method ?? "") ? null : refuseForeignCall(req, publicUrl);
}

/**
 * The same for the API, whatever the method: a GET can subscribe, and who subscribes is shown to others and takes a place. Without an
 * `Origin` a request comes from no browser, or from one that says by `Sec-Fetch-Site` where the page is.
 */
export function refuseForeignCall(req: Pick<IncomingMessage, "headers">, publicUrl: string | null): Refusal | null {
  const site = req.headers["sec-fetch-site"];
  const foreignSite = site !== undefined && site !== "same-origin" && site !== "none";
  // A proxy that rewrites Host shows in `Sec-Fetch-Site` less well than in a configured address, so that one decides first.
  const refused = req.headers.origin === undefined ? foreignSite : !isOwnOrigin(req, publicUrl);
  return refused ? { status: 403, message: "This is for this app's own pages; open the app at its own address." } : null;
}

/** Forms send other types from any page without asking; the API takes JSON alone. */
export function refuseForm(req: Pick<IncomingMessage, "headers" | "method">): Refusal | null {
  if (SAFE_METHODS.has(req.method ?? "")) return null;
  const type = req.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  return type === "application/json" ? null : { status: 415, message: "Send JSON, with content-type application/json." };
}
