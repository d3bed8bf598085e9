/** Many who come, go and are turned out at once on several processes, some of which fall silent: no locks in a circle, and every edge once. */
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { createTestDatabase } from "../../support/database.ts";
import { eventually } from "../../support/eventually.ts";
import { createTab, startPresence, type TestPresence } from "../../support/presence.ts";
import { seededRandom } from "../../support/random.ts";

const PROCESSES = 4;
const USERS = 12;
const TABS_EACH = 4;
const VISITS_EACH = 20;
const ROOMS = 5;

test("[PRS1] [PRS2] a crowd that comes, goes and is turned out deadlocks nowhere and leaves nobody behind", async () => {
  const random = seededRandom();
  await using database = await createTestDatabase();
  await using opened = new AsyncDisposableStack();
  const processes: TestPresence[] = [];
  while (processes.length < PROCESSES) processes.push(opened.use(await startPresence(database)));
  const users = Array.from({ length: USERS }, () => randomUUID());
  const rooms = Array.from({ length: ROOMS }, () => randomUUID());
  const tabs = users.flatMap((userId) => Array.from({ length: TABS_EACH }, () => createTab(userId)));
  let visits = 0;
  await Promise.all(
    tabs.map(async (tab) => {
      for (let times = 0; times < VISITS_EACH; times++) {
        await tab.join(random.pick(processes.filter(({ silent }) => !silent)), random.pick(rooms));
        tab.end(random.pick(["left", "away"] as const));
        visits += 1;
        if (visits % 10 === 0) await random.pick(processes).turnOut(random.shuffle(users).slice(0, 3), random.pick([null, ...rooms]));
        // Now and then a process says nothing for longer than it is believed to live; the others go on meanwhile.
        if (visits % 300 !== 150 || processes.filter(({ silent }) => !silent).length < 3) continue;
        const wake = random.pick(processes).silence();
        await eventually(async () => expect((await database.sql`select from rt.process`).length).toBeLessThan(PROCESSES));
        wake();
      }
    }),
  );
  await eventually(async () => expect(await database.sql`select from rt.session`).toHaveLength(0), { timeoutMs: 60_000 });
  for (const userId of users) {
    const edges = await database.sql<{ online: boolean }[]>`select online from edge where user_id = ${userId} order by n`;
    expect(edges.map(({ online }) => online)).toEqual(edges.map((_, index) => index % 2 === 0));
    expect(edges.at(-1)?.online).toBe(false);
  }
  // One that was cured by trying again would still be said here, or counted there.
  expect(processes.flatMap(({ engine }) => engine.warnings)).toEqual([]);
  const [row] = await database.sql<[{ deadlocks: string }]>`select deadlocks from pg_stat_database where datname = current_database()`;
  expect(row.deadlocks).toBe("0");
});
