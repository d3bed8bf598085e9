/**
 * A whole server without pages: engine, jobs, accounts, tRPC over HTTP and sockets, on a port of its own. Two of them on one
 * database are two instances.
 *
 *     await using database = await createTestDatabase();
 *     await using app = await startApp(database.url);
 *     const ada = await app.signUp("ada");
 *     await using socket = await openSocket(app, { cookie: ada.cookie });
 */
import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { encode } from "next-auth/jwt";
import { createAccountGateway, createUser } from "#features/account/index.ts";
import { user as userTable } from "#features/account/schema.ts";
import { type Auth, createAuth } from "#server/auth.ts";
import { type Context, createHttpContext } from "#server/context.ts";
import { DEVELOPMENT_SECRET, parseEnv } from "#server/env.ts";
import { createHttpServer } from "#server/http.ts";
import { createLogger } from "#server/logger.ts";
import { startParts } from "#server/part.ts";
import { type Runtime, startRuntime } from "#server/runtime.ts";
import { createIdentify } from "#server/socket-visitor.ts";
import { createErrorReporter } from "#server/trpc.ts";
import { createSocketServer, type SocketServer } from "#ws/accept.ts";
import type { SocketLimits } from "#ws/limits.ts";
import { parts } from "../../src/parts.ts";
import { appRouter } from "../../src/router.ts";
import { createTestWorkflow } from "./workflows.ts"; // demo

export interface TestUser {
  readonly userId: string;
  readonly sessionId: string;
  readonly email: string;
  /** What a browser of this user would send. */
  readonly cookie: string;
}

export interface TestApp extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly auth: Auth;
  readonly sockets: SocketServer;
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** What was logged as an error. */
  readonly errors: readonly string[];
  /** A new account whose address is verified, signed in on one device. */
  signUp(name: string): Promise<TestUser>;
  /** Another device of the same user. */
  signIn(user: Pick<TestUser, "userId" | "email">): Promise<TestUser>;
  /** A query over HTTP as this user: its result, or the `data` of its error, whose `code` is tRPC's. */
  query(user: { readonly cookie?: string }, path: string, input: unknown): Promise<unknown>;
  mutate(user: { readonly cookie?: string }, path: string, input: unknown): Promise<unknown>;
  createWorkflow(owner: Pick<TestUser, "userId">, name?: string): Promise<string>; // demo
}

export interface TestAppOptions {
  readonly limits?: Partial<SocketLimits>;
  readonly publicUrl?: string;
  /** "all": jobs can be worked here too. @default "web" */
  readonly role?: "web" | "all";
  /** What the features do without being asked, workers of role "all" included. @default true */
  readonly background?: boolean;
  /** @default any free one */
  readonly port?: number;
}

export const PASSWORD = "correct horse battery";

export async function startApp(
  databaseUrl: string,
  { limits, publicUrl, role = "web", background = true, port: wanted = 0 }: TestAppOptions = {},
): Promise<TestApp> {
  const errors: string[] = [];
  const log = createLogger({
    format: "human",
    write: (line) => {
      if (line.includes("error: ")) errors.push(line);
    },
  });
  const env = {
    ...parseEnv({ NODE_ENV: "test", DATABASE_URL: databaseUrl, ROLE: role, PORT: String(wanted) }),
    publicUrl: publicUrl ?? null,
  };
  await using started = new AsyncDisposableStack();
  const { runtime } = started.use(await startRuntime(env, log));
  for (const part of parts) part.connect?.(runtime);
  if (background) started.use(await startParts(parts, runtime, null));
  const accounts = createAccountGateway(runtime);
  const auth = createAuth({ env, log, accounts, access: runtime.access });
  const sources = { runtime, sessions: auth };
  const reportError = createErrorReporter(log);
  const sockets = createSocketServer({
    router: appRouter,
    identify: createIdentify(sources),
    publicUrl: env.publicUrl,
    ...(limits && { limits }),
    onError: ({ error, path, ctx }) => reportError({ error, path, ctx: ctx as Context | undefined }), // the one `identify` made
  });
  const http = createHttpServer({
    env: { ...env, host: "127.0.0.1" },
    log,
    router: appRouter,
    createContext: createHttpContext(sources),
    pages: null,
    handleSocket: sockets.handleUpgrade,
    checkDatabase: async () => undefined,
    metrics: () => ({}),
  });
  started.defer(() => http.close(0));
  started.defer(async () => {
    http.stopAccepting();
    await sockets.drain({ spreadMs: 0, graceMs: 100 });
  });
  const port = await http.listen();

  const cookieName = publicUrl?.startsWith("https://") ? "__Host-next-auth.session-token" : "next-auth.session-token";

  async function signIn({ userId, email }: Pick<TestUser, "userId" | "email">): Promise<TestUser> {
    const { sessionId } = await accounts.createSession(userId, { userAgent: null });
    const token = await encode({ token: { sub: userId, sid: sessionId }, secret: DEVELOPMENT_SECRET });
    return { userId, sessionId, email, cookie: `${cookieName}=${token}` };
  }

  const origin = `http://127.0.0.1:${port}`;
  const headersOf = ({ cookie }: { readonly cookie?: string }) => (cookie === undefined ? undefined : { cookie });

  const owned = started.move();
  return {
    runtime,
    auth,
    sockets,
    errors,
    origin,
    signIn,
    async signUp(name) {
      const account = await createUser(runtime, { name, email: `${name}-${randomUUID()}@example.com`, password: PASSWORD });
      await runtime.db.update(userTable).set({ emailVerifiedAt: new Date() }).where(eq(userTable.id, account.userId));
      return signIn(account);
    },
    async query(user, path, input) {
      const query = encodeURIComponent(JSON.stringify({ json: input }));
      return answerOf(await fetch(`${origin}/api/trpc/${path}?input=${query}`, { headers: headersOf(user) ?? {} }));
    },
    async mutate(user, path, input) {
      const headers = { ...headersOf(user), "content-type": "application/json" };
      return answerOf(await fetch(`${origin}/api/trpc/${path}`, { method: "POST", headers, body: JSON.stringify({ json: input }) }));
    },
    createWorkflow: (owner, name) => createTestWorkflow(runtime, owner, name), // demo
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function answerOf(response: Response): Promise<unknown> {
  // What tRPC answers, with or without an error.
  const body = (await response.json()) as { result?: { data: { json: unknown } }; error?: { json: { data: unknown } } };
  return body.error ? body.error.json.data : body.result?.data.json;
}
