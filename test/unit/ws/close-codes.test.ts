import { expect, test } from "vitest";
import { closeCodes, sessionEndCauses, sessionEndOf } from "#ws/close-codes.ts";

test("[WS2] the codes that end a session are told apart from each other and from all others", () => {
  expect(Object.fromEntries([4401, 4402, 4403, 4404].map((code) => [code, sessionEndOf(code)]))).toEqual({
    4401: "sessionEnded",
    4402: "sessionExpired",
    4403: "passwordChanged",
    4404: "accountDeleted",
  });
  const others = Object.entries(closeCodes).filter(([cause]) => !sessionEndCauses.some((known) => known === cause));
  for (const code of [...others.map(([, close]) => close.code), 1000, 1006, 4400, 4405, 4498, 4499]) expect(sessionEndOf(code)).toBeNull();
});

test("no two causes share a code", () => {
  const codes = Object.values(closeCodes).map(({ code }) => code);
  expect(new Set(codes).size).toBe(codes.length);
});
