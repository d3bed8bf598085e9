/**
 * A third server beside the two, on the same database, that a test has for itself: to kill it, and to start it again at the same
 * address.
 *
 *     await using server = await startThirdServer();
 */
import { eventually } from "../../support/eventually.ts";
import { startProcess, type TestProcess } from "../../support/process.ts";

export interface ThirdServer extends TestProcess {
  readonly address: string;
}

export async function startThirdServer(): Promise<ThirdServer> {
  const { E2E_THREE: address, E2E_SECRET: secret, E2E_DATABASE_URL: databaseUrl } = process.env;
  if (!address || !secret || !databaseUrl) throw new Error("Browser tests run by `pnpm test:e2e`.");
  const server = startProcess("src/main.ts", {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: new URL(address).port,
    // Runs that the other tests start belong to the two servers that stay.
    ROLE: "web",
    DATABASE_URL: databaseUrl,
    NEXTAUTH_SECRET: secret,
    NEXTAUTH_URL: address,
  });
  try {
    await eventually(async () => (await fetch(new URL("/readyz", address))).ok, {
      timeoutMs: 60_000,
      intervalMs: 100,
      what: `${address} to be ready`,
    });
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
  return { ...server, address };
}
