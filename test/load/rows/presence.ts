/**
 * People in rooms on two instances, each moving 20 times a second. A position is the moment at which it was shown, so whoever is told
 * of it knows its age. All clients are in this process and share its clock.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import postgres from "postgres";
import { WebSocket } from "ws";
import type { TestUser } from "../../support/app.ts";
import { type Bench, defineRow, type Figure, inParallel, percentile } from "../row.ts";
import type { LoadServer } from "../server-handle.ts";

const MOVES_PER_SECOND = 20;
const MEASURED_MS = 6_000;
const ROOMS = 1_000;
const ROOMS_PER_SOCKET = 50;
const JOINS = 20;
/** How many others each sees in the rows about growth. */
const SEEN = 10;
const WIDTH = 100;

interface Tab extends AsyncDisposable {
  /** By tab: the newest moment that was told. */
  readonly told: ReadonlyMap<string, number>;
  readonly ages: number[];
  show(values: object): void;
}

interface RoomMessage {
  readonly result?: { readonly data?: { readonly json?: { readonly values: Record<string, { cursor?: { x: number } | null }> } } };
}

async function openSocket(server: LoadServer, { cookie }: Pick<TestUser, "cookie">): Promise<WebSocket> {
  const socket = new WebSocket(server.socketUrl, { headers: { cookie }, perMessageDeflate: false });
  await once(socket, "open");
  socket.on("error", () => {});
  return socket;
}

const join = (id: number, workflowId: string, tabId: string) =>
  JSON.stringify({ id, method: "subscription", params: { path: "presence.onChange", input: { json: { workflowId, tabId } } } });

async function openTab(server: LoadServer, user: TestUser, workflowId: string): Promise<Tab> {
  const socket = await openSocket(server, user);
  const tabId = randomUUID();
  const told = new Map<string, number>();
  const ages: number[] = [];
  const joined = Promise.withResolvers<void>();
  let id = 1;
  socket.on("message", (data: Buffer) => {
    if (!data.includes('"values"')) return;
    const message = JSON.parse(String(data)) as RoomMessage;
    const now = performance.now();
    for (const [other, { cursor }] of Object.entries(message.result?.data?.json?.values ?? {})) {
      if (!cursor) continue;
      told.set(other, cursor.x);
      ages.push(now - cursor.x);
    }
    joined.resolve();
  });
  socket.send(join(1, workflowId, tabId));
  await joined.promise;
  return {
    told,
    ages,
    show(values) {
      id += 1;
      const input = { workflowId, tabId, n: id, ...values };
      socket.send(JSON.stringify({ id, method: "mutation", params: { path: "presence.set", input: { json: input } } }));
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** Users by the dozen: nobody types their passwords, so none is hashed. */
async function createPeople(sql: postgres.Sql, server: LoadServer, count: number): Promise<TestUser[]> {
  const rows = await sql<{ id: string; email: string }[]>`insert into "user" (email, name, password_hash)
    select gen_random_uuid() || '@example.com', 'Person ' || n, '' from generate_series(1, ${count}) n returning id, email`;
  return Promise.all(rows.map(({ id, email }) => server.ask("signIn", { userId: id, email })));
}

async function createWorkflows(sql: postgres.Sql, people: readonly TestUser[], count: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`insert into workflow (name, graph)
    select 'Room ' || n, '{"nodes":[],"edges":[]}' from generate_series(1, ${count}) n returning id`;
  const ids = rows.map(({ id }) => id);
  const userIds = people.map(({ userId }) => userId);
  await sql`insert into workflow_member (workflow_id, user_id, role)
    select w.id, u.id, 'viewer' from workflow w, "user" u where w.id in ${sql(ids)} and u.id in ${sql(userIds)}`;
  return ids;
}

/** Share of one core that the servers take together, while `work` goes on. */
async function coresDuring(servers: readonly LoadServer[], work: () => Promise<void>): Promise<number> {
  const spent = async () => (await Promise.all(servers.map((server) => server.ask("cpu", null)))).reduce((sum, ms) => sum + ms, 0);
  const [cpu, since] = [await spent(), performance.now()];
  await work();
  return ((await spent()) - cpu) / (performance.now() - since);
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everybody moves, each at their own moments, for as long as is measured; `each` is called now and then meanwhile. */
async function moveAll(tabs: readonly Tab[], y: (index: number) => number, each: () => void = () => {}): Promise<void> {
  const timers: NodeJS.Timeout[] = [setInterval(each, 97)];
  for (const [index, tab] of tabs.entries()) {
    await pause(1_000 / MOVES_PER_SECOND / tabs.length);
    timers.push(setInterval(() => tab.show({ cursor: { x: performance.now(), y: y(index) } }), 1_000 / MOVES_PER_SECOND));
  }
  await pause(MEASURED_MS);
  for (const timer of timers) clearInterval(timer);
}

async function writes(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<[{ rows: string }]>`select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) as rows from pg_stat_user_tables
    where relname <> 'process'`;
  return Number(row.rows);
}

async function oneRoom(sql: postgres.Sql, servers: readonly LoadServer[], count: number): Promise<Figure[]> {
  const [one = null] = servers;
  if (!one) throw new Error("There is no server.");
  const people = await createPeople(sql, one, count + 1);
  const [workflowId = ""] = await createWorkflows(sql, people, 1);
  await using opened = new AsyncDisposableStack();
  const tabs: Tab[] = [];
  const open = async (person: TestUser, index: number) => opened.use(await openTab(servers[index % 2] ?? one, person, workflowId));
  for (const [index, person] of people.slice(0, count).entries()) tabs.push(await open(person, index));
  const joins: number[] = [];
  for (let n = 0; n < JOINS; n++) {
    const socket = await openSocket(one, people[count] ?? { cookie: "" });
    const since = performance.now();
    socket.send(join(1, workflowId, randomUUID()));
    for (let told = ""; !told.includes('"room"'); ) told = String((await once(socket, "message"))[0]);
    joins.push(performance.now() - since);
    socket.close();
  }
  // Those who joined have gone, and what their coming and going wrote is counted by the server's statistics.
  for (let left = Number.NaN; left !== count; await pause(500)) {
    const [row] = await sql<[{ count: number }]>`select count(*)::int from rt.session`;
    left = row.count;
  }
  await pause(1_500);
  const before = await writes(sql);
  const behind: number[] = [];
  for (const tab of tabs) tab.ages.length = 0;
  const cores = await coresDuring(servers, () =>
    moveAll(
      tabs,
      () => 0,
      () => {
        const now = performance.now();
        for (const tab of tabs) for (const at of tab.told.values()) behind.push(now - at);
      },
    ),
  );
  const ages = tabs.flatMap((tab) => tab.ages);
  const perSecond = ages.length / count / (count - 1) / (MEASURED_MS / 1_000);
  return [
    { name: `${count} in a room: join, p50`, value: percentile(joins, 0.5), unit: "ms" },
    { name: "  each is told of each other", value: perSecond, unit: "/s" },
    { name: "  age of what is told, p95", value: percentile(ages, 0.95), unit: "ms" },
    { name: "  age of what is seen, any moment, p95", value: percentile(behind, 0.95), unit: "ms" },
    { name: "  both servers", value: cores, unit: "cores" },
    { name: "  rows written, leases apart", value: (await writes(sql)) - before, unit: "rows" },
  ];
}

/** People side by side, each of whom sees the same number of others. */
async function growing(sql: postgres.Sql, servers: readonly LoadServer[], count: number): Promise<Figure> {
  const [one = null] = servers;
  if (!one) throw new Error("There is no server.");
  const people = await createPeople(sql, one, count);
  const [workflowId = ""] = await createWorkflows(sql, people, 1);
  await using opened = new AsyncDisposableStack();
  const tabs: Tab[] = [];
  for (const [index, person] of people.entries()) tabs.push(opened.use(await openTab(servers[index % 2] ?? one, person, workflowId)));
  const half = (SEEN / 2) * WIDTH;
  // Less the margin around what is seen. Time runs along x, so people stand along y.
  for (const [index, tab] of tabs.entries())
    tab.show({ viewport: { x: -1e6, y: index * WIDTH - half / 1.5, width: 1e7, height: (2 * half) / 1.5 } });
  await pause(500);
  const cores = await coresDuring(servers, () => moveAll(tabs, (index) => index * WIDTH));
  return { name: `${count} in a room, each sees ${Math.min(SEEN, count - 1)}: both servers`, value: cores, unit: "cores" };
}

async function manyRooms(sql: postgres.Sql, servers: readonly LoadServer[]): Promise<Figure[]> {
  const [one = null] = servers;
  if (!one) throw new Error("There is no server.");
  const people = await createPeople(sql, one, 3);
  const workflowIds = await createWorkflows(sql, people, ROOMS);
  await using opened = new AsyncDisposableStack();
  const movers: (() => void)[] = [];
  const parts = Array.from({ length: ROOMS / ROOMS_PER_SOCKET }, (_, n) =>
    workflowIds.slice(n * ROOMS_PER_SOCKET, (n + 1) * ROOMS_PER_SOCKET),
  );
  let joined = 0;
  await inParallel(parts, 2, async (rooms) => {
    for (const [index, person] of people.entries()) {
      const socket = await openSocket(servers[index % 2] ?? one, person);
      opened.defer(() => socket.close());
      const tabIds = rooms.map(() => randomUUID());
      const done = Promise.withResolvers<void>();
      let left = rooms.length;
      socket.on("message", (data: Buffer) => {
        if (left > 0 && data.includes('"room"') && --left === 0) done.resolve();
      });
      for (const [n, workflowId] of rooms.entries()) socket.send(join(n + 1, workflowId, tabIds[n] ?? ""));
      await done.promise;
      joined += rooms.length;
      // One person in one of fifty rooms is at it.
      let id = 1_000;
      if (index === 0)
        movers.push(() => {
          const input = { workflowId: rooms[0], tabId: tabIds[0], cursor: { x: performance.now(), y: 0 } };
          socket.send(JSON.stringify({ id: ++id, method: "mutation", params: { path: "presence.set", input: { json: input } } }));
        });
    }
  });
  const quiet = await coresDuring(servers, () => pause(MEASURED_MS));
  const timer = setInterval(() => movers.forEach((move) => void move()), 1_000 / MOVES_PER_SECOND);
  const busy = await coresDuring(servers, () => pause(MEASURED_MS));
  clearInterval(timer);
  return [
    { name: `${ROOMS} rooms, ${joined} tabs, nobody moves`, value: quiet, unit: "cores" },
    { name: `  ${movers.length} people move`, value: busy, unit: "cores" },
  ];
}

export default defineRow({
  title: `people who move ${MOVES_PER_SECOND} times a second, on two instances`,
  timeoutMs: 240_000,
  async run(bench: Bench) {
    const servers = [await bench.startServer(), await bench.startServer()];
    const sql = postgres(bench.databaseUrl, { max: 1, onnotice: () => {} });
    bench.use({ [Symbol.asyncDispose]: () => sql.end() });
    const figures = await oneRoom(sql, servers, 50);
    for (const count of [10, 50, 200]) figures.push(await growing(sql, servers, count));
    return [...figures, ...(await manyRooms(sql, servers))];
  },
});
