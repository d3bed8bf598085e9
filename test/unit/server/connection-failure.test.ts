import { DrizzleQueryError } from "drizzle-orm/errors";
import { expect, test } from "vitest";
import { isConnectionFailure } from "#server/connection-failure.ts";

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
