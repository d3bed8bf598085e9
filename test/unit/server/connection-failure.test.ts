import { DrizzleQueryError } from "drizzle-orm/errors";
import { expect, test } from "vitest";
import { explainConnectionFailure, isConnectionFailure } from "#server/connection-failure.ts";

const coded = (code: string) => Object.assign(new Error(code), { code });
const query = (cause: Error) => new DrizzleQueryError("select 1", [], cause);

test.each([
  [coded("CONNECT_TIMEOUT"), true],
  [query(coded("CONNECTION_CLOSED")), true],
  [query(coded("ECONNREFUSED")), true],
  [query(new AggregateError([coded("ECONNREFUSED")])), true],
  [query(coded("57P01")), true],
  // Of whatever else a procedure asks.
  [coded("ECONNREFUSED"), false],
  [query(coded("23505")), false],
  [new Error("a bug"), false],
  [undefined, false],
])("whether %s is about reaching the database: %s", (error, expected) => {
  expect(isConnectionFailure(error)).toBe(expected);
});

test("a server that takes no connection without TLS does not sound like one that refuses the password", () => {
  const refused = (words: string) =>
    explainConnectionFailure("DIRECT_URL", "postgres://u@db/x", query(Object.assign(new Error(words), { code: "28000" })), false)?.message;
  expect(refused('no pg_hba.conf entry for host "10.0.0.7", user "u", database "x", no encryption')).toBe(
    "Postgres at db:5432 takes no connection without TLS: add ?sslmode=require to DIRECT_URL.",
  );
  expect(refused('role "u" does not exist')).toMatch(/refuses the user "u"/);
});
