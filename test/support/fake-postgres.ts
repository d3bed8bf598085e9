/** A server that speaks just enough of Postgres's protocol to say which version it is; for what refuses old servers. */
import { createServer, type Socket } from "node:net";
import { createFrameReader } from "./postgres-frames.ts";

export interface FakePostgres extends AsyncDisposable {
  readonly url: string;
}

const cstring = (text: string) => Buffer.from(`${text}\0`);

function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => Buffer.from([value >> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255]);
const authenticated = message("R", int32(0));
const ready = message("Z", Buffer.from("I"));

/** Answers every simple query with one row: `server_version`. */
export async function startFakePostgres(version: string): Promise<FakePostgres> {
  const column = Buffer.concat([cstring("server_version"), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]);
  const row = Buffer.concat([int16(1), int32(Buffer.byteLength(version)), Buffer.from(version)]);
  const answer = Buffer.concat([message("T", int16(1), column), message("D", row), message("C", cstring("SHOW")), ready]);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // the client leaves as it likes
    const read = createFrameReader(true);
    socket.on("data", (chunk) => {
      for (const { type } of read(chunk)) {
        if (type === "") socket.write(Buffer.concat([authenticated, message("S", cstring("server_version"), cstring(version)), ready]));
        if (type === "Q") socket.write(answer);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The fake server has no port.");
  return {
    url: `postgres://someone@127.0.0.1:${address.port}/some`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
