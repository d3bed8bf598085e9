import { createServer, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { ABANDONED, createMeasuredSocket } from "#client/measured-socket.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("an attempt that nobody answers is given up, so that another one can be made", async () => {
  const { promise: asked, resolve } = Promise.withResolvers<Socket>();
  const server = createServer((socket) => socket.once("data", () => resolve(socket)));
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const closed = vi.fn();
  const MeasuredSocket = createMeasuredSocket({ opened: () => {}, closed, heard: () => {}, roundTrip: () => {} });
  const socket = new MeasuredSocket(`ws://127.0.0.1:${address.port}`);
  // This is what tRPC's client waits for before it tries again.
  const failed = new Promise((resolveFailed) => socket.addEventListener("error", resolveFailed));
  const peer = await asked;
  peer.on("error", () => {});
  vi.advanceTimersByTime(20_000);
  expect(closed).toHaveBeenCalledExactlyOnceWith(socket, ABANDONED);
  await failed;
  expect(closed).toHaveBeenCalledTimes(1);
  peer.destroy();
  server.close();
});
