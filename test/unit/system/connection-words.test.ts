import { expect, test } from "vitest";
import { connectionParts, connectionWords } from "#features/system/ui/connection-words.ts";

const calm = { state: "live", rttMs: null, retryInMs: null, isCut: false } as const;

test.each([
  [calm, 0, "Live"],
  [{ ...calm, rttMs: 0.2 }, 0, "Live 1 ms"],
  [{ ...calm, rttMs: 22.6 }, 3, "Live 23 ms"],
  [{ ...calm, state: "catchingUp", rttMs: 23 }, 0, "Catching up"],
  [{ ...calm, state: "withoutDatabase", rttMs: 23 }, 1, "No database · 1 change kept"],
  [{ ...calm, state: "viaHttp", retryInMs: 8_000 }, 0, "Via HTTP, every 5 s"],
  [{ ...calm, state: "connecting" }, 0, "Connecting"],
  [{ ...calm, state: "reconnecting" }, 0, "Reconnecting"],
  [{ ...calm, state: "reconnecting", retryInMs: 2_100 }, 1, "Reconnecting in 3 s · 1 change kept"],
  [{ ...calm, state: "offline" }, 0, "Offline"],
  [{ ...calm, state: "offline" }, 4, "Offline · 4 changes kept"],
  [{ ...calm, state: "offline", isCut: true }, 0, "Cut off"],
  [{ ...calm, state: "signedOut" }, 2, "Signed out: sign in to go on"],
  [{ ...calm, state: "updateAvailable" }, 0, "Update available: reload"],
] as const)("%j with %i changes not sent is said as %j", (told, unsent, words) => {
  expect(connectionWords(told, unsent)).toBe(words);
});

test("what a narrow screen leaves out is what its button or its notice says anyway", () => {
  expect(connectionParts({ ...calm, state: "signedOut" })).toEqual({ short: "Signed out", rest: ": sign in to go on" });
  expect(connectionParts({ ...calm, rttMs: 23 })).toEqual({ short: "Live", rest: " 23 ms" });
  expect(connectionParts({ ...calm, state: "offline" }, 4).rest).toBe("");
});
