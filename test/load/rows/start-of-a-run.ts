/** From asking for a run on one instance until its first event is seen on the other. */
import { subscribe } from "../clients.ts";
import { defineRow, percentile } from "../row.ts";

const RUNS = 50;

export default defineRow({
  title: "a run starts",
  async run(bench) {
    const one = await bench.startServer({ role: "all" });
    const two = await bench.startServer();
    const user = await one.ask("signUp", "ada");
    const workflowId = await one.ask("createWorkflow", user);
    await using watcher = await subscribe(two, user, "execution.onList", { workflowId });
    const seen: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const started = watcher.next('"status":"running"');
      const since = performance.now();
      const response = await fetch(`${one.origin}/api/trpc/execution.start`, {
        method: "POST",
        headers: { cookie: user.cookie, "content-type": "application/json" },
        body: JSON.stringify({ json: { workflowId } }),
      });
      if (!response.ok) throw new Error(`The run was not started: ${await response.text()}`);
      await started;
      seen.push(performance.now() - since);
      await watcher.next('"status":"success"');
    }
    return [
      { name: "asked to seen elsewhere, p50", value: percentile(seen, 0.5), unit: "ms" },
      { name: "asked to seen elsewhere, p99", value: percentile(seen, 0.99), unit: "ms" },
    ];
  },
});
