/** A session is ended on one instance; how long until its subscription on the other one has been refused. */
import { subscribe, subscribeByStream } from "../clients.ts";
import { defineRow, inParallel, percentile } from "../row.ts";

const SESSIONS = 100;
const AT_A_TIME = 5;

export default defineRow({
  title: "access ends on the other of two instances",
  async run(bench) {
    const one = await bench.startServer();
    const two = await bench.startServer();
    const user = await one.ask("signUp", "ada");
    const measure = async (open: typeof subscribeByStream) => {
      const times: number[] = [];
      await inParallel(Array.from({ length: SESSIONS }), AT_A_TIME, async () => {
        const device = await one.ask("signIn", user);
        await using subscriber = await open(two, device, "counter.onChange", { counterId: "shared" });
        const refused = subscriber.next("UNAUTHORIZED");
        const since = performance.now();
        await one.ask("endSession", device.sessionId);
        await refused;
        times.push(performance.now() - since);
      });
      return times;
    };
    const sockets = await measure(subscribe);
    const streams = await measure(subscribeByStream);
    return [
      { name: "over ws, p50", value: percentile(sockets, 0.5), unit: "ms" },
      { name: "over ws, p99", value: percentile(sockets, 0.99), unit: "ms" },
      { name: "over SSE, p50", value: percentile(streams, 0.5), unit: "ms" },
      { name: "over SSE, p99", value: percentile(streams, 0.99), unit: "ms" },
    ];
  },
});
