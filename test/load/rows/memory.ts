/** What a thousand people who watch and do nothing cost the server, each with a socket and a subscription. */
import { subscribe } from "../clients.ts";
import { defineRow, inParallel } from "../row.ts";

const SOCKETS = 1_000;

export default defineRow({
  title: `${SOCKETS} idle subscribers`,
  async run(bench) {
    const server = await bench.startServer();
    const user = await server.ask("signUp", "ada");
    const open = async () => {
      bench.use(await subscribe(server, user, "counter.onChange", { counterId: "shared" }));
    };
    await inParallel(Array.from({ length: 20 }), 20, open); // what is needed once
    const before = await server.ask("memory", null);
    await inParallel(Array.from({ length: SOCKETS }), 20, open);
    const after = await server.ask("memory", null);
    return [
      { name: "used memory each", value: (after.used - before.used) / SOCKETS / 1_000, unit: "kB" },
      { name: "resident memory each", value: (after.resident - before.resident) / SOCKETS / 1_000, unit: "kB" },
    ];
  },
});
