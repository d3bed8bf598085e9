/** `tx.publish`: a row and its event in one transaction, all on one stream, beside the same row without an event. */
import { defineRow } from "../row.ts";

const ALONE = 500;
const MANY = 4_000;
const WIDTH = 32;

export default defineRow({
  title: "tx.publish, durable",
  async run(bench) {
    const server = await bench.startServer();
    await server.ask("write", { count: 200, width: 8, event: true });
    const perSecond = async (count: number, width: number, event: boolean) =>
      (count * 1_000) / (await server.ask("write", { count, width, event })).ms;
    const bare = await perSecond(ALONE, 1, false);
    const alone = await perSecond(ALONE, 1, true);
    const bareMany = await perSecond(MANY, WIDTH, false);
    const many = await perSecond(MANY, WIDTH, true);
    return [
      { name: "one at a time", value: alone, unit: "/s" },
      { name: "to the row alone", value: alone / bare, unit: "x" },
      { name: `${WIDTH} at a time`, value: many, unit: "/s" },
      { name: "to the row alone", value: many / bareMany, unit: "x" },
    ];
  },
});
