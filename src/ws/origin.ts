/**
 * Which pages may open a socket (WS1).
 *
 * Browsers attach cookies to a WebSocket handshake from any page and apply no same-origin rule to it, so the server must. They
 * always send `Origin`, and a page cannot change it. A request without one is no browser: it carries no cookie that its
 * user did not put there, and refusing it would lock out scripts and monitors while protecting nobody. It is let in, and
 * like everybody else gets nothing without a session.
 */
import type { IncomingMessage } from "node:http";

/**
 * True when the page comes from the host that was asked, or from `publicUrl` (a proxy may have rewritten Host).
 * Scheme and port count for `publicUrl`; for Host the port counts.
 */
export function isOwnOrigin(req: Pick<IncomingMessage, "headers">, publicUrl: string | null): boolean {
  const { origin, host } = req.headers;
  if (origin === undefined) return true;
  // "null" is what sandboxed frames and file: pages send; it does not parse.
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.protocol !== "http:" && page.protocol !== "https:") return false;
  if (publicUrl !== null && page.origin === new URL(publicUrl).origin) return true;
  if (host === undefined || !URL.canParse(`${page.protocol}//${host}`)) return false;
  return page.host === new URL(`${page.protocol}//${host}`).host;
}
