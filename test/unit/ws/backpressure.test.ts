import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Backpressure } from "#ws/backpressure.ts";
import { closeCodes } from "#ws/close-codes.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const socket = { bufferedAmount: 0, readyState: 1, close: vi.fn(), terminate: vi.fn() };
  return { socket, backpressure: new Backpressure(socket, { highWaterBytes: 100, stallMs: 1_000 }) };
}

test("[SUB3] writers wait while the socket is over its mark, and go on when it is not", async () => {
  const { socket, backpressure } = setUp();
  await backpressure.whenWritable();
  socket.bufferedAmount = 101;
  const done: number[] = [];
  for (const writer of [1, 2]) void backpressure.whenWritable().then(() => done.push(writer));
  await vi.advanceTimersByTimeAsync(500);
  expect(done).toEqual([]);
  socket.bufferedAmount = 100;
  await vi.advanceTimersByTimeAsync(20);
  expect(done).toEqual([1, 2]);
  expect(vi.getTimerCount()).toBe(0);
});

test("[SUB3] a writer that always has something leaves turns of the event loop to others, whatever the socket does with it", async () => {
  vi.useRealTimers();
  const { backpressure } = setUp();
  const end = new AbortController();
  setImmediate(() => end.abort(new Error("the socket has ended")));
  const write = async () => {
    // Without turns it would be for ever, and nothing could end this test.
    for (let writes = 0; writes < 100_000; writes++) await backpressure.whenWritable(end.signal);
  };
  await expect(write()).rejects.toThrow("the socket has ended");
});

test("[WS3] a socket that does not drain is closed with 4408, then cut, and its writers are told", async () => {
  const { socket, backpressure } = setUp();
  socket.bufferedAmount = 1_000;
  const waiting = expect(backpressure.whenWritable()).rejects.toThrow("did not drain");
  await vi.advanceTimersByTimeAsync(1_100);
  await waiting;
  expect(socket.close).toHaveBeenCalledWith(closeCodes.slowReader.code, closeCodes.slowReader.reason);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(socket.terminate).toHaveBeenCalledOnce();
});

test("[WS3] a socket is given as long as it may take by a clock that nobody sets", async () => {
  const { socket, backpressure } = setUp();
  socket.bufferedAmount = 1_000;
  backpressure.isFull();
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(500);
  expect(socket.close).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() - 7_200_000);
  await vi.advanceTimersByTimeAsync(600);
  expect(socket.close).toHaveBeenCalledOnce();
});

test("[WS3] a socket that is seen over its mark is given up though no writer waits, unless it drains", async () => {
  const { socket, backpressure } = setUp();
  expect(backpressure.isFull()).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  socket.bufferedAmount = 1_000;
  expect(backpressure.isFull()).toBe(true);
  await vi.advanceTimersByTimeAsync(500);
  socket.bufferedAmount = 0;
  await vi.advanceTimersByTimeAsync(20);
  expect(vi.getTimerCount()).toBe(0);
  socket.bufferedAmount = 1_000;
  backpressure.isFull();
  await vi.advanceTimersByTimeAsync(900);
  expect(socket.close).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(socket.close).toHaveBeenCalledWith(closeCodes.slowReader.code, closeCodes.slowReader.reason);
});

test("a writer that leaves stops waiting, and nothing looks at the socket for nobody", async () => {
  const { socket, backpressure } = setUp();
  socket.bufferedAmount = 1_000;
  const abort = new AbortController();
  const waiting = expect(backpressure.whenWritable(abort.signal)).rejects.toThrow("left");
  abort.abort(new Error("left"));
  await waiting;
  await vi.advanceTimersByTimeAsync(20);
  expect(vi.getTimerCount()).toBe(0);
  expect(socket.close).not.toHaveBeenCalled();
});

test("writers of a socket that closed are told", async () => {
  const { socket, backpressure } = setUp();
  socket.bufferedAmount = 1_000;
  const waiting = expect(backpressure.whenWritable()).rejects.toThrow("closed");
  socket.readyState = 3;
  await vi.advanceTimersByTimeAsync(20);
  await waiting;
});
