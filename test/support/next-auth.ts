/** next-auth's own endpoints with our options, without Next around them: a browser with a jar of cookies. */
import NextAuth from "next-auth";
import { ADDRESS_HEADER } from "#server/client-address.ts";
import { interop } from "#server/interop.ts";
import { newAddress } from "./accounts.ts";
import type { TestApp } from "./app.ts";

export interface AuthAnswer {
  readonly body: unknown;
  /** Cookies that this answer set; an empty value clears one. */
  readonly set: ReadonlyMap<string, string>;
}

export interface AuthBrowser {
  readonly jar: Map<string, string>;
  /** The jar as a `cookie` header. */
  header(): string;
  get(action: "csrf" | "session"): Promise<AuthAnswer>;
  post(action: "callback" | "signout" | "_log", providerId: string | null, body: Record<string, string>): Promise<AuthAnswer>;
  /** As the form does it: fetches a token, then posts. */
  signIn(email: string, password: string): Promise<AuthAnswer>;
  csrfToken(): Promise<string>;
}

export function openAuthBrowser(app: TestApp, jar = new Map<string, string>()): AuthBrowser {
  const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join("; ");

  async function ask(method: string, path: string[], body: Record<string, string>): Promise<AuthAnswer> {
    const headers = { host: new URL(app.origin).host, cookie: header(), "user-agent": "browser", [ADDRESS_HEADER]: newAddress() };
    const answer = { body: null as unknown, cookies: [] as string[] };
    // What next-auth uses of the two objects that Next's API routes get.
    const request = { method, headers, cookies: Object.fromEntries(jar), query: { nextauth: path }, body };
    const response = {
      getHeader: (name: string) => (name.toLowerCase() === "set-cookie" ? answer.cookies : undefined),
      setHeader(name: string, value: string[]) {
        if (name.toLowerCase() === "set-cookie") answer.cookies = value;
        return response;
      },
      removeHeader: () => {},
      status: () => response,
      end: () => {},
      json: (value: unknown) => {
        answer.body = value;
      },
      send: (value: unknown) => {
        answer.body = value;
      },
    };
    await interop(NextAuth)(request as never, response as never, app.auth.optionsFor(new Headers(headers)));
    const set = new Map(answer.cookies.map((cookie) => parseCookie(cookie)));
    for (const [name, value] of set) {
      if (value === "") jar.delete(name);
      else jar.set(name, value);
    }
    return { body: answer.body, set };
  }

  const get = (action: "csrf" | "session") => ask("GET", [action], {});
  const csrfToken = async () => ((await get("csrf")).body as { csrfToken: string }).csrfToken;
  return {
    jar,
    header,
    get,
    csrfToken,
    post: (action, providerId, body) => ask("POST", [action, ...(providerId === null ? [] : [providerId])], body),
    signIn: async (email, password) =>
      ask("POST", ["callback", "credentials"], { email, password, csrfToken: await csrfToken(), json: "true" }),
  };
}

function parseCookie(line: string): [name: string, value: string] {
  const [pair = ""] = line.split(";");
  const equals = pair.indexOf("=");
  return [pair.slice(0, equals), decodeURIComponent(pair.slice(equals + 1))];
}
