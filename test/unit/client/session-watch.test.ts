import { expect, test, vi } from "vitest";
import { type SessionAnswer, SessionWatch } from "#client/session-watch.ts";
import { createTestClock } from "../../support/clock.ts";
import { eventually } from "../../support/eventually.ts";

function setUp(userId: string | null = "ada") {
  const clock = createTestClock();
  const answers: (SessionAnswer | Error)[] = [];
  const ask = vi.fn(async () => {
    const answer = answers.shift() ?? new Error("no answer");
    if (answer instanceof Error) throw answer;
    return answer;
  });
  const onResume = vi.fn();
  const watch = new SessionWatch({ userId, ask, onChange: () => {}, onResume, delay: (run, ms) => void clock.setTimeout(run, ms) });
  return { watch, ask, answers, onResume, clock };
}

const alive = (userId = "ada"): SessionAnswer => ({ userId, ended: null });
const over: SessionAnswer = { userId: null, ended: "passwordChanged" };

test("a refusal is not believed before the server was asked", async () => {
  const { watch, answers, onResume } = setUp();
  answers.push(alive());
  watch.suspect("sessionEnded");
  expect(watch.phase).toBe("asking");
  await eventually(() => watch.phase === "signedIn");
  expect(onResume).toHaveBeenCalledTimes(1);
  expect(watch.reason).toBeNull();
});

test("many refusals at once are one question", async () => {
  const { watch, answers, ask } = setUp();
  answers.push(over);
  for (let count = 0; count < 5; count++) watch.suspect(null);
  await eventually(() => watch.phase === "signedOut");
  expect(watch.reason).toBe("passwordChanged");
  watch.suspect(null);
  expect(ask).toHaveBeenCalledTimes(1);
});

test("without an answer it asks again, later each time", async () => {
  const { watch, answers, clock } = setUp();
  watch.suspect("sessionExpired");
  await eventually(() => clock.pending() === 1);
  expect(watch.phase).toBe("asking");
  clock.advance(1_000);
  await eventually(() => clock.pending() === 1);
  answers.push({ userId: null, ended: null });
  clock.advance(1_000);
  expect(watch.phase).toBe("asking");
  clock.advance(1_000);
  await eventually(() => watch.phase === "signedOut");
  // The server knew nothing of it any more; the refusal's own word stands.
  expect(watch.reason).toBe("sessionExpired");
});

test("however often a person asks meanwhile, one question is to be asked again, and not one for each", async () => {
  const { watch, ask, answers, clock } = setUp();
  watch.suspect(null);
  await eventually(() => clock.pending() === 1);
  for (let times = 0; times < 10; times++) expect(await watch.check()).toBe("asking");
  expect(clock.pending()).toBe(1);
  clock.advance(15_000);
  await eventually(() => expect(ask).toHaveBeenCalledTimes(12));
  answers.push(over);
  await eventually(() => clock.pending() === 1);
  clock.advance(15_000);
  await eventually(() => watch.phase === "signedOut");
  expect(clock.pending()).toBe(0);
});

test("a session that went with its account is known to be over, and the word that came when it ended stands", async () => {
  const { watch, answers } = setUp();
  answers.push({ userId: null, ended: "sessionEnded" });
  watch.suspect("accountDeleted");
  await eventually(() => watch.phase === "signedOut");
  expect(watch.reason).toBe("accountDeleted");
});

test("a closer reason that comes late is taken, a vaguer one is not", async () => {
  const { watch, answers, ask } = setUp();
  answers.push({ userId: null, ended: "sessionEnded" });
  watch.suspect("sessionEnded");
  await eventually(() => watch.phase === "signedOut");
  watch.suspect("accountDeleted");
  watch.suspect("sessionEnded");
  expect(watch.reason).toBe("accountDeleted");
  expect(ask).toHaveBeenCalledTimes(1);
});

test("after signing in again it goes on; as somebody else it does not", async () => {
  const { watch, answers, onResume } = setUp();
  answers.push(over, alive("eve"), alive());
  watch.suspect(null);
  await eventually(() => watch.phase === "signedOut");
  expect(await watch.check()).toBe("otherUser");
  expect(onResume).not.toHaveBeenCalled();
  expect(await watch.check()).toBe("signedIn");
  expect(onResume).toHaveBeenCalledTimes(1);
});

test("a check right after an answer asks anew, in every microtask after it", async () => {
  for (let microtasks = 0; microtasks < 20; microtasks++) {
    const { watch, answers } = setUp();
    answers.push(over, alive());
    const first = watch.check();
    while (watch.phase !== "signedOut") await undefined;
    for (let count = 0; count < microtasks; count++) await undefined;
    const second = watch.check();
    await first;
    await second;
    // Either it joined the question under way, whose answer was "over", or it asked and heard that it lives.
    expect(watch.phase).toBe(second === first ? "signedOut" : "signedIn");
  }
});

test("a page that only looks, and nobody answers, doubts nothing", async () => {
  const { watch, clock } = setUp(null);
  expect(await watch.check()).toBe("signedIn");
  expect(clock.pending()).toBe(0);
});
