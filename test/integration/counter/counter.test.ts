/** The smallest feature, tested the way one of your own would be: two servers, one database, real sockets. */
import { expect, test } from "vitest";
import { type CounterEvent, type CounterView, reduceCounter } from "#features/counter/reduce.ts";
import { startApp } from "../../support/app.ts";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { seededRandom } from "../../support/random.ts";
import { openSocket } from "../../support/raw-socket.ts";

const counterId = "shared";

test("[SUB1] [SUB2] everybody sees every press once, from either server, and their sum is what the table says", async () => {
  await using database = await createTestDatabase();
  await using one = await startApp(database.url);
  await using two = await startApp(database.url);
  const ada = await one.signUp("ada");
  const eve = await two.signUp("eve");
  const before = (await one.query(ada, "counter.get", { counterId })) as { view: CounterView; position: string };
  expect(before.view).toEqual({ value: 0 });

  await using near = await openSocket(one, ada);
  await using far = await openSocket(two, eve);
  for (const socket of [near, far]) socket.subscribe(1, "counter.onChange", { counterId, lastEventId: before.position });
  await Promise.all([near.started(1), far.started(1)]);
  const presses = Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? -1 : 1));
  await Promise.all(
    presses.map((by, n) =>
      n % 2 === 0 ? one.mutate(ada, "counter.add", { counterId, by }) : two.mutate(eve, "counter.add", { counterId, by }),
    ),
  );

  const sum = presses.reduce((total, by) => total + by, 0);
  const after = (await two.query(eve, "counter.get", { counterId })) as { view: CounterView };
  expect(after.view).toEqual({ value: sum });
  for (const socket of [near, far]) {
    await eventually(() => socket.eventTypes(1).length === presses.length, { what: "every press to arrive" });
    const events = socket.of(1).flatMap(({ result }) => (result?.type === "data" ? [result.data?.json as { data: CounterEvent }] : []));
    expect(events.reduce((view, { data }) => reduceCounter(view, data), before.view)).toEqual({ value: sum });
  }
  expect([...one.errors, ...two.errors]).toEqual([]);
});

test("[LOG1] [LOG2] what the events tell is what the table says, whatever is done at the same moment", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  const ada = await app.signUp("ada");
  const actions = [
    () => app.mutate(ada, "counter.add", { counterId, by: 3 }),
    () => app.mutate(ada, "counter.add", { counterId, by: -1 }), // another action goes here
  ];
  const before = (await app.query(ada, "counter.get", { counterId })) as { view: CounterView; position: string };
  await using socket = await openSocket(app, ada);
  socket.subscribe(1, "counter.onChange", { counterId, lastEventId: before.position });
  await socket.started(1);
  const random = seededRandom();
  const done = Array.from({ length: 24 }, () => random.pick(actions)());
  expect(await Promise.all(done)).toEqual(done.map(() => null)); // none was refused
  await eventually(() => socket.eventTypes(1).length === done.length, { what: "every event to arrive" });
  const events = socket.of(1).flatMap(({ result }) => (result?.type === "data" ? [result.data?.json as { data: CounterEvent }] : []));
  const { view } = (await app.query(ada, "counter.get", { counterId })) as { view: CounterView };
  expect(events.reduce((folded, { data }) => reduceCounter(folded, data), before.view)).toEqual(view);
});

test("[SUB4] who is not signed in reads nothing and counts nothing; a step has a limit", async () => {
  await using database = await createTestDatabase();
  await using app = await startApp(database.url);
  expect(await app.query({}, "counter.get", { counterId })).toMatchObject({ code: "UNAUTHORIZED" });
  expect(await app.mutate({}, "counter.add", { counterId, by: 1 })).toMatchObject({ code: "UNAUTHORIZED" });
  await using stranger = await openSocket(app);
  stranger.subscribe(1, "counter.onChange", { counterId });
  expect(await stranger.errorCode(1)).toBe("UNAUTHORIZED");

  const ada = await app.signUp("ada");
  expect(await app.mutate(ada, "counter.add", { counterId, by: 101 })).toMatchObject({ code: "BAD_REQUEST" });
  expect(await app.query(ada, "counter.get", { counterId })).toMatchObject({ view: { value: 0 } });
});
