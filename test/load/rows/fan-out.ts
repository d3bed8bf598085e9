/** One stream, many sockets, events as fast as they are stored: the same router and engine behind our socket server and tRPC's. */
import { subscribe } from "../clients.ts";
import { type Bench, defineRow, inParallel } from "../row.ts";

const SOCKETS = 200;
const EVENTS = 400;
const AT_A_TIME = 32;
const NEEDLE = '"counterAdded"';

async function measure(bench: Bench, sockets: "ours" | "stock"): Promise<number> {
  await using server = await bench.startServer({ sockets });
  const user = await server.ask("signUp", sockets);
  const done = Promise.withResolvers<void>();
  let left = SOCKETS * EVENTS;
  const count = (message: Buffer) => {
    // A frame may carry several.
    for (let at = message.indexOf(NEEDLE); at >= 0; at = message.indexOf(NEEDLE, at + 1)) left--;
    if (left <= 0) done.resolve();
  };
  await using opened = new AsyncDisposableStack();
  await inParallel(Array.from({ length: SOCKETS }), 20, async () => {
    opened.use(await subscribe(server, user, "counter.onChange", { counterId: "shared" }, count));
  });
  const since = performance.now();
  await server.ask("publish", { count: EVENTS, width: AT_A_TIME });
  await done.promise;
  return (SOCKETS * EVENTS * 1_000) / (performance.now() - since);
}

export default defineRow({
  title: `one stream to ${SOCKETS} sockets`,
  async run(bench) {
    // Twice each, in turn: the machine is not equally busy all the time.
    const ours: number[] = [];
    const stock: number[] = [];
    for (let round = 0; round < 2; round++) {
      ours.push(await measure(bench, "ours"));
      stock.push(await measure(bench, "stock"));
    }
    const [best, bestStock] = [Math.max(...ours), Math.max(...stock)];
    return [
      { name: "our socket server, deliveries", value: best, unit: "/s" },
      { name: "tRPC's stock adapter, deliveries", value: bestStock, unit: "/s" },
      { name: "ours to stock", value: best / bestStock, unit: "x" },
    ];
  },
});
