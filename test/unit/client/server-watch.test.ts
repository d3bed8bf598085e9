import { afterEach, expect, test, vi } from "vitest";
import { type ServerInfo, ServerWatch } from "#client/server-watch.ts";

/** A watch whose clock and answers a test moves by hand. */
function setUp() {
  let nowMs = 0;
  const answers: PromiseWithResolvers<ServerInfo>[] = [];
  const overHttp: PromiseWithResolvers<unknown>[] = [];
  const onChange = vi.fn();
  const onReachable = vi.fn();
  const watch = new ServerWatch({ onChange, onReachable, now: () => nowMs });
  const asked = <T>(list: PromiseWithResolvers<T>[]) => {
    const question = Promise.withResolvers<T>();
    list.push(question);
    return question.promise;
  };
  watch.askBy(
    () => asked(answers),
    () => asked(overHttp),
  );
  return {
    watch,
    answers,
    overHttp,
    onChange,
    onReachable,
    async pass(ms: number) {
      nowMs += ms;
      watch.tick();
      await settle();
    },
    async answer(database: boolean, instanceId = "a") {
      answers.at(-1)?.resolve({ instanceId, version: "1", database });
      await settle();
    },
  };
}

afterEach(() => {
  vi.useRealTimers();
});

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("a server is asked when a socket opens, then now and then, and often while its database is away", async () => {
  const { watch, answers, answer, pass } = setUp();
  await pass(60_000);
  expect(answers).toHaveLength(0);
  watch.opened();
  await answer(true);
  expect(watch.info?.instanceId).toBe("a");
  await pass(9_000);
  expect(answers).toHaveLength(1);
  await pass(1_000);
  await answer(false);
  expect(watch.databaseAnswers).toBe(false);
  await pass(2_000);
  expect(answers).toHaveLength(3);
  await answer(true);
  expect(watch.databaseAnswers).toBe(true);
});

test("a server without its database is asked again in time, also after the clock was put back", async () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  const ask = vi.fn(async () => ({ instanceId: "a", version: "1", database: false }));
  const watch = new ServerWatch({ onChange: () => {}, onReachable: () => {} });
  watch.askBy(ask, async () => {});
  watch.opened();
  await settle();
  expect(watch.databaseAnswers).toBe(false);
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(2_000);
  watch.tick();
  expect(ask).toHaveBeenCalledTimes(2);
});

test("a call that failed on the server's side asks at once, and many are one question", async () => {
  const { watch, answers, answer } = setUp();
  watch.doubt();
  expect(answers).toHaveLength(0);
  watch.opened();
  await answer(true);
  for (let count = 0; count < 5; count++) watch.doubt();
  expect(answers).toHaveLength(2);
});

test("what one socket's server said is not believed of the next one", async () => {
  const { watch, answers, answer } = setUp();
  watch.opened();
  const late = answers.at(-1);
  watch.closed();
  watch.opened();
  late?.resolve({ instanceId: "old", version: "1", database: false });
  await settle();
  expect(watch).toMatchObject({ info: null, databaseAnswers: true });
  await answer(true, "new");
  expect(watch.info?.instanceId).toBe("new");
});

test("sockets are called blocked when several attempts failed and HTTP answers, and no longer when one opens or nobody answers", async () => {
  const { watch, overHttp, pass } = setUp();
  watch.attemptFailed();
  watch.attemptFailed();
  expect(overHttp).toHaveLength(0);
  watch.attemptFailed();
  expect(watch.socketsBlocked).toBe(false);
  overHttp.at(-1)?.resolve({});
  await settle();
  expect(watch.socketsBlocked).toBe(true);
  await pass(10_000);
  overHttp.at(-1)?.reject(new Error("no network"));
  await settle();
  expect(watch.socketsBlocked).toBe(false);
  await pass(10_000);
  overHttp.at(-1)?.resolve({});
  await settle();
  expect(watch.socketsBlocked).toBe(true);
  watch.opened();
  expect(watch.socketsBlocked).toBe(false);
});

test("a server that answers over HTTP again has the next socket tried at once, and not at every answer", async () => {
  const { watch, overHttp, onReachable, pass } = setUp();
  for (let count = 0; count < 3; count++) watch.attemptFailed();
  expect(onReachable).not.toHaveBeenCalled();
  overHttp.at(-1)?.resolve({});
  await settle();
  expect(onReachable).toHaveBeenCalledTimes(1);
  await pass(10_000);
  overHttp.at(-1)?.resolve({});
  await settle();
  expect(onReachable).toHaveBeenCalledTimes(1);
});
