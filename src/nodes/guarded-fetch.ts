/**
 * HTTP for nodes: users choose the address, so it must not lead into the network that the server stands in.
 *
 * A name is resolved, its addresses are checked, and the connection is made to exactly those (checking first and connecting
 * by name later would let a second look-up answer otherwise). Redirects are followed by hand, each checked like the first.
 * Named hosts and ports can be let through although private: in development the app itself.
 */
import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Agent, type Dispatcher, request } from "undici";
import { isPublicAddress } from "./address.ts";
import { type Fetch, type FetchRequest, type FetchResponse, NodeFailure } from "./context.ts";

const MAX_REDIRECTS = 5;
const CONNECT_TIMEOUT_MS = 10_000;
/** What may follow a redirect to another site; everything else could be a credential under any name. */
const HARMLESS_HEADERS = new Set(["accept", "accept-language", "content-type", "user-agent"]);
/** Set by the connection itself: a user's value would smuggle a second request or another host past the checks. */
const RESERVED_HEADERS = /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|proxy-.*)$/i;

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

export interface GuardedFetchOptions {
  /** `host:port` pairs that may be reached although they are private. */
  readonly allowHosts: readonly string[];
  /** All addresses of a name. @default the system's resolver */
  readonly resolve?: (hostname: string) => Promise<readonly ResolvedAddress[]>;
}

export interface GuardedFetch {
  readonly fetch: Fetch;
  close(): Promise<void>;
}

export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const resolve = options.resolve ?? ((hostname) => lookup(hostname, { all: true }));
  const allowed = new Set(options.allowHosts.map((host) => host.toLowerCase()));
  const guarded = new Agent({ connect: { lookup: guardedLookup(resolve), timeout: CONNECT_TIMEOUT_MS } });
  // A connection pool of its own: the guarded one must never find a connection that was not checked.
  const trusted = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS } });

  function agentFor(url: URL): Dispatcher {
    const port = url.port || (url.protocol === "https:" ? "443" : "80");
    if (allowed.has(`${url.hostname}:${port}`)) return trusted;
    const literal = url.hostname.replace(/^\[|\]$/g, "");
    // Node does not look up what is an address already, so literals (in any spelling: URL writes them out) are checked here.
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw refused(url.hostname);
    return guarded;
  }

  const fetch: Fetch = async (call, signal) => {
    const deadline = AbortSignal.timeout(call.timeoutMs);
    const either = AbortSignal.any([signal, deadline]);
    try {
      return await follow(call, either, agentFor);
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted) {
        throw new NodeFailure("TIMEOUT", `${hostOf(call.url)} did not answer within ${call.timeoutMs / 1_000} s.`, { cause: error });
      }
      throw asFailure(error, call.url);
    }
  };
  return { fetch, close: async () => void (await Promise.all([guarded.destroy(), trusted.destroy()])) };
}

async function follow(call: FetchRequest, signal: AbortSignal, agentFor: (url: URL) => Dispatcher): Promise<FetchResponse> {
  let { method, body } = call;
  let headers = lowerCased(call.headers);
  let url = checkedUrl(call.url);
  for (let redirects = 0; ; redirects++) {
    const dispatcher = agentFor(url);
    // Compressed answers would be measured before they grow, so none are asked for.
    const sent = { ...headers, "accept-encoding": "identity" };
    const response = await request(url, { method: method as Dispatcher.HttpMethod, headers: sent, body, signal, dispatcher }); // the schema lists methods
    // A body that is not read to its end fails later, when nobody waits for it: without a listener that would end the process.
    response.body.on("error", () => {});
    const location = response.headers.location;
    const redirect = [301, 302, 303, 307, 308].includes(response.statusCode) && typeof location === "string";
    if (!redirect) {
      const contentType = String(response.headers["content-type"] ?? "");
      return { status: response.statusCode, url: url.href, contentType, text: await readText(response.body, call, url) };
    }
    response.body.destroy();
    if (redirects >= MAX_REDIRECTS)
      throw new NodeFailure("TOO_MANY_REDIRECTS", `${hostOf(call.url)} redirects more than ${MAX_REDIRECTS} times.`);
    const target = checkedUrl(location, url);
    if (response.statusCode === 303 || (response.statusCode < 303 && method === "POST")) {
      method = method === "HEAD" ? "HEAD" : "GET";
      body = null;
      headers = without(headers, (name) => name === "content-type");
    }
    if (target.origin !== url.origin) headers = without(headers, (name) => !HARMLESS_HEADERS.has(name));
    url = target;
  }
}

async function readText(body: Dispatcher.ResponseData["body"], call: FetchRequest, url: URL): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > call.maxResponseBytes) {
      body.destroy();
      throw new NodeFailure(
        "RESPONSE_TOO_LARGE",
        `The answer of ${url.host} is larger than the ${call.maxResponseBytes} bytes this node takes.`,
        {
          retryable: false,
        },
      );
    }
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function guardedLookup(resolve: (hostname: string) => Promise<readonly ResolvedAddress[]>): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (!first) return callback(new NodeFailure("UNKNOWN_HOST", `No address is known for "${hostname}".`), []);
        // One private address is enough to refuse: which of them the connection would take is not ours to hope.
        if (!addresses.every(({ address }) => isPublicAddress(address))) return callback(refused(hostname), []);
        return options.all ? callback(null, [...addresses]) : callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, []),
    );
  };
}

function checkedUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base)) throw new NodeFailure("BAD_ADDRESS", `"${text.slice(0, 200)}" is no address.`, { retryable: false });
  const url = new URL(text, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new NodeFailure("BAD_ADDRESS", `Only http and https can be asked, not ${url.protocol.slice(0, 40)}`, { retryable: false });
  }
  if (url.username !== "" || url.password !== "") {
    throw new NodeFailure("BAD_ADDRESS", `The address of ${url.host} holds a name or password; send them in a header.`, {
      retryable: false,
    });
  }
  return url;
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const reserved = entries.find(([name]) => RESERVED_HEADERS.test(name));
  if (reserved)
    throw new NodeFailure("RESERVED_HEADER", `The header "${reserved[0]}" is set by the connection and cannot be chosen.`, {
      retryable: false,
    });
  return Object.fromEntries(entries);
}

function without(headers: Record<string, string>, drop: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !drop(name)));
}

function refused(hostname: string): NodeFailure {
  return new NodeFailure(
    "ADDRESS_REFUSED",
    `"${hostname}" leads into a private network, and requests there are refused. Whoever runs this server can allow it by host and port.`,
    {
      retryable: false,
    },
  );
}

/** What the driver says, in words; its own text may name addresses that are nobody's business. */
function asFailure(error: unknown, url: string): NodeFailure {
  if (error instanceof NodeFailure) return error;
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const host = hostOf(url);
  const words: Record<string, string> = {
    ENOTFOUND: `No address is known for "${host}".`,
    EAI_AGAIN: `The name "${host}" could not be looked up just now.`,
    ECONNREFUSED: `${host} refused the connection.`,
    ECONNRESET: `${host} ended the connection before it had answered.`,
    UND_ERR_SOCKET: `${host} ended the connection before it had answered.`,
    UND_ERR_CONNECT_TIMEOUT: `${host} did not take the connection within ${CONNECT_TIMEOUT_MS / 1_000} s.`,
  };
  return new NodeFailure("REQUEST_FAILED", words[code] ?? `The request to ${host} failed${code === "" ? "" : ` (${code})`}.`, {
    cause: error,
  });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "The address";
}
