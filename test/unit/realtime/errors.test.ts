import { expect, test } from "vitest";
import { isTransient } from "#realtime/errors.ts";

const failing = (code: string) => Object.assign(new Error(code), { code });

test("[LOG6] what ends with the outage is tried again, and what is wrong for good is not", () => {
  const passing = [
    ...["08006", "57P01", "57P03", "53300", "40001", "40P01", "57014", "55P03"],
    ...["CONNECTION_CLOSED", "CONNECTION_SILENT", "CONNECT_TIMEOUT", "ECONNREFUSED", "EPIPE"],
    // While a database moves, its name may be unknown, nobody there to tell it, or the server still a standby.
    ...["ENOTFOUND", "EAI_AGAIN", "25006", "55000"],
  ];
  expect(passing.filter((code) => !isTransient(failing(code)))).toEqual([]);
  expect(isTransient(new Error("wrapped", { cause: failing("EAI_AGAIN") }))).toBe(true);
  for (const code of ["42P01", "22P02", "23514", "XX001", "28P01", "ERR_INVALID_ARG_TYPE", ""])
    expect(isTransient(failing(code))).toBe(false);
  expect(isTransient(new Error("no code"))).toBe(false);
});
