import postgres from "postgres";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";

test("a test database is migrated and its own", async () => {
  await using one = await createTestDatabase();
  await using two = await createTestDatabase();
  await one.sql`insert into "user" (email, name, password_hash) values ('a@example.com', 'A', '')`;
  expect(await two.sql`select from "user"`).toHaveLength(0);
  expect(await one.sql`select from rt.stream`).toHaveLength(0);
});

test("a connection that is still open when the database is disposed fails the test", async () => {
  const database = await createTestDatabase();
  const leak = postgres(database.url, { max: 1, connection: { application_name: "leaky" } });
  await leak`select 1`;
  await expect(database[Symbol.asyncDispose]()).rejects.toThrow(/1 connections were still open.*leaky/s);
  await leak.end();
});

test("backends are ended from the server's side", async () => {
  await using database = await createTestDatabase();
  const client = postgres(database.url, { max: 1, connection: { application_name: "victim" }, onnotice: () => {} });
  await client`select 1`;
  expect(await database.killBackends((backend) => backend.application === "victim")).toBe(1);
  // It is told to go, and goes at its own pace.
  await eventually(async () => expect(await database.backends()).toEqual([]));
  await client.end();
});
