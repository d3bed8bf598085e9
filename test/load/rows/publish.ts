/** `realtime.publish`: events stored durably in one stream, one after the other and many at a time (group commit). */
import { defineRow } from "../row.ts";

export default defineRow({
  title: "realtime.publish, durable",
  async run(bench) {
    const server = await bench.startServer();
    await server.ask("publish", { count: 200, width: 8 });
    const alone = await server.ask("publish", { count: 500, width: 1 });
    const many = await server.ask("publish", { count: 10_000, width: 128 });
    return [
      { name: "one at a time", value: 500_000 / alone.ms, unit: "/s" },
      { name: "128 at a time", value: 10_000_000 / many.ms, unit: "/s" },
      { name: "128 to one", value: (10_000 * alone.ms) / (500 * many.ms), unit: "x" },
    ];
  },
});
