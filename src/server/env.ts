/**
 * The configuration, read once and handed down: no other file of the server looks at `process.env`.
 *
 * Development starts without a single variable. Production refuses to guess: every missing or wrong name is reported at
 * once, so that a deployment is repaired in one round and not in five.
 */
import { existsSync } from "node:fs";
import { loadEnvFile } from "node:process";
import { z } from "zod";
import { StartupError } from "./startup-error.ts";

/** Public on purpose: it stands in `.env.example`, so whoever signs with it signs nothing. Production refuses it. */
export const DEVELOPMENT_SECRET = "heliograph-development-secret-do-not-use-in-production";

const MIN_SECRET_LENGTH = 32;

/** What a provider gave out for this app. */
export interface ProviderKeys {
  readonly id: string;
  readonly secret: string;
}

export interface Env {
  readonly nodeEnv: "development" | "production" | "test";
  /** 0 takes any free port. */
  readonly port: number;
  /** The address to listen on; null is every interface. Development listens on loopback only: its passwords are public. */
  readonly host: string | null;
  /** `web` serves pages and sockets, `worker` does the work in the background, `all` does both. */
  readonly role: "all" | "web" | "worker";
  /** Empty in development without DATABASE_URL, before `dev.ts` has started the embedded Postgres. */
  readonly databaseUrl: string;
  /** For LISTEN and migrations, which a transaction-mode pooler cannot carry; `databaseUrl` unless DIRECT_URL is set. */
  readonly directUrl: string;
  /** Connections of the application's own pool; the engine and the job queue add at most 9 of theirs. */
  readonly databasePoolSize: number;
  readonly realtimeMode: "auto" | "poll";
  readonly authSecret: string;
  /** NEXTAUTH_URL, the address people type; null lets next-auth believe the request's Host header. */
  readonly publicUrl: string | null;
  // demo begins
  /** `host:port` pairs that the http.request node may reach although they are private. */
  readonly httpAllowHosts: readonly string[];
  // demo ends
  /** Bearer token of `/metrics`; without one, production answers 404 there. */
  readonly metricsToken: string | null;
  /** Where Next builds to and serves from, relative to the project. */
  readonly distDir: string;
  /** Where mails leave; null: development keeps them to show on a page, production sends none. */
  readonly smtpUrl: string | null;
  /** The sender of mails, an address or `Name <address>`. */
  readonly mailFrom: string;
  /** OAuth applications; signing in with one is offered when it is here. */
  readonly github: ProviderKeys | null;
  readonly google: ProviderKeys | null;
  /** Set by `dev.ts`: seed the examples at start. */
  readonly seed: boolean;
}

// demo begins
const list = (text: string) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
const hostAndPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, { error: "must be host:port pairs, separated by commas" });
// demo ends

/** An empty variable counts as unset: that is how a copied `.env.example` and most deployment forms leave one out. */
const optional = <T extends z.ZodType>(schema: T) => z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

const url = (protocols: string[], example: string) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), { error: `must look like ${example}` });
const postgresUrl = url(["postgres:", "postgresql:"], "postgres://user:password@host:5432/name").refine(decodes, {
  error: "has a % that stands for no character: write %25 for one in a password",
});

/** The driver decodes it, outside of anything that could be told in a sentence. */
function decodes(text: string): boolean {
  try {
    return decodeURIComponent(text) !== "";
  } catch {
    return false;
  }
}

const variables = z.object({
  NODE_ENV: optional(z.enum(["development", "production", "test"])),
  PORT: optional(wholeNumber(0, 65_535)),
  HOST: optional(z.string()),
  ROLE: optional(z.enum(["all", "web", "worker"])),
  DATABASE_URL: optional(postgresUrl),
  DIRECT_URL: optional(postgresUrl),
  DATABASE_POOL_SIZE: optional(wholeNumber(1, 500)),
  REALTIME_MODE: optional(z.enum(["auto", "poll"])),
  NEXTAUTH_SECRET: optional(z.string()),
  NEXTAUTH_URL: optional(url(["http:", "https:"], "https://heliograph.example.com")),
  HTTP_ALLOW_HOSTS: optional(z.string().transform(list).pipe(z.array(hostAndPort))), // demo
  METRICS_TOKEN: optional(z.string().min(16, { error: "must have at least 16 characters" })),
  SMTP_URL: optional(url(["smtp:", "smtps:"], "smtps://user:password@mail.example.com:465")),
  MAIL_FROM: optional(z.string().regex(/^[^\r\n]*@[^\r\n]*$/, { error: "must be an address, or Name <address>" })),
  GITHUB_ID: optional(z.string()),
  GITHUB_SECRET: optional(z.string()),
  GOOGLE_ID: optional(z.string()),
  GOOGLE_SECRET: optional(z.string()),
  NEXT_DIST_DIR: optional(z.string()),
  SEED: optional(z.enum(["demo"])),
});

/** What production cannot do without, and the reason a person reads. */
const required = {
  DATABASE_URL: "is missing: the address of a Postgres 15 or newer",
  NEXTAUTH_SECRET: "is missing: a long random text, for example from `openssl rand -base64 32`",
} as const;

/** What makes sense only together with something else. */
const together = [
  { name: "GITHUB_ID", needs: "GITHUB_SECRET" },
  { name: "GITHUB_SECRET", needs: "GITHUB_ID" },
  { name: "GOOGLE_ID", needs: "GOOGLE_SECRET" },
  { name: "GOOGLE_SECRET", needs: "GOOGLE_ID" },
  { name: "SMTP_URL", needs: "MAIL_FROM" },
] as const;

/**
 * Reads the configuration from `source`.
 * @throws StartupError naming every missing or wrong variable, never their values.
 */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const parsed = variables.safeParse(source);
  const problems = new Map<string, string>();
  if (!parsed.success) for (const issue of parsed.error.issues) problems.set(String(issue.path[0]), issue.message);
  const production = source.NODE_ENV === "production";
  if (production) {
    for (const [name, reason] of Object.entries(required)) if (!source[name]) problems.set(name, reason);
    if (source.NEXTAUTH_SECRET === DEVELOPMENT_SECRET) {
      problems.set("NEXTAUTH_SECRET", "is the public one from .env.example: make your own, for example with `openssl rand -base64 32`");
    } else if (source.NEXTAUTH_SECRET && source.NEXTAUTH_SECRET.length < MIN_SECRET_LENGTH) {
      problems.set("NEXTAUTH_SECRET", `must have at least ${MIN_SECRET_LENGTH} characters`);
    }
  }
  for (const { name, needs } of together) if (source[name] && !source[needs]) problems.set(needs, `is missing: ${name} needs it`);
  // A link built from the request's Host header leads wherever the sender of a request wants it to.
  if (production && source.SMTP_URL && !source.NEXTAUTH_URL) problems.set("NEXTAUTH_URL", "is missing: the links in mails lead there");
  if (!parsed.success || problems.size > 0) {
    const lines = [...problems].map(([name, reason]) => `  ${name} ${reason}`);
    throw new StartupError(`The configuration is incomplete or wrong; set these in the environment or in .env:\n${lines.join("\n")}`);
  }
  const { data } = parsed;
  const port = data.PORT ?? 3000;
  const databaseUrl = data.DATABASE_URL ?? "";
  return {
    nodeEnv: data.NODE_ENV ?? "development",
    port,
    host: data.HOST ?? (production ? null : "127.0.0.1"),
    role: data.ROLE ?? "all",
    databaseUrl,
    directUrl: data.DIRECT_URL ?? databaseUrl,
    databasePoolSize: data.DATABASE_POOL_SIZE ?? 10,
    realtimeMode: data.REALTIME_MODE ?? "auto",
    authSecret: data.NEXTAUTH_SECRET ?? DEVELOPMENT_SECRET,
    publicUrl: data.NEXTAUTH_URL ?? null,
    httpAllowHosts: data.HTTP_ALLOW_HOSTS ?? (production ? [] : [`localhost:${port}`, `127.0.0.1:${port}`]), // demo
    metricsToken: data.METRICS_TOKEN ?? null,
    distDir: data.NEXT_DIST_DIR ?? ".next",
    smtpUrl: data.SMTP_URL ?? null,
    mailFrom: data.MAIL_FROM ?? "Heliograph <heliograph@localhost>",
    github: keys(data.GITHUB_ID, data.GITHUB_SECRET),
    google: keys(data.GOOGLE_ID, data.GOOGLE_SECRET),
    seed: data.SEED === "demo" && !production,
  };
}

function keys(id: string | undefined, secret: string | undefined): ProviderKeys | null {
  return id !== undefined && secret !== undefined ? { id, secret } : null;
}

/** The process's own environment, with `.env` of the working directory below it: a variable that is set wins over the file. */
export function readProcessEnv(): NodeJS.ProcessEnv {
  if (existsSync(".env")) loadEnvFile(".env");
  return process.env;
}

/**
 * Sets what Next and next-auth read from the environment themselves. Call it before either is loaded.
 * Without NEXTAUTH_URL next-auth takes the request's host, so that every port and both `localhost` and `127.0.0.1` work.
 */
export function configureLibraries(env: Env): void {
  Object.assign(process.env, { NODE_ENV: env.nodeEnv, NEXT_TELEMETRY_DISABLED: "1" });
  process.env.NEXTAUTH_SECRET = env.authSecret;
  process.env.NEXT_DIST_DIR = env.distDir;
  if (env.publicUrl === null) {
    delete process.env.NEXTAUTH_URL;
    process.env.AUTH_TRUST_HOST = "1";
  }
}
