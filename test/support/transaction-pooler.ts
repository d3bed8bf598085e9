/**
 * A pooler in transaction mode, before a real Postgres: each transaction of a connection goes to the other of two server connections,
 * which is the worst that one may do with what a client thinks it has left there. Takes every start-up setting; knows no TLS.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createFrameReader } from "./postgres-frames.ts";

export interface TransactionPooler extends AsyncDisposable {
  /** `target`, by way of the pooler. */
  readonly url: string;
}

export async function startTransactionPooler(target: string): Promise<TransactionPooler> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const open = () => connect({ port: Number(port), host: hostname, noDelay: true });
    const servers = [open(), open()] as const;
    for (const socket of [client, ...servers]) {
      sockets.add(socket);
      socket.on("error", () => {}); // either side leaves as it likes
      socket.on("close", () => {
        for (const each of [client, ...servers]) each.destroy();
      });
    }
    serve(client, servers);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port); // listening on a port, so it is no path
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(client: Socket, servers: readonly [Socket, Socket]): void {
  let [serving, other] = servers;
  /** Answers that are still to come. */
  let awaited = 0;
  let inTransaction = false;
  let midMessage = false;
  const readClient = createFrameReader(true);
  client.on("data", (chunk) => {
    for (const { type, bytes } of readClient(chunk)) {
      if (type === "") {
        // Both are signed in by the one greeting.
        for (const each of servers) each.write(bytes);
        continue;
      }
      if (type === "X") return void client.destroy();
      if (awaited === 0 && !inTransaction && !midMessage) [serving, other] = [other, serving];
      // A query of its own, or the end of several parts: what the server answers when it is done.
      midMessage = type !== "Q" && type !== "S";
      if (!midMessage) awaited++;
      serving.write(bytes);
    }
  });
  for (const [index, from] of servers.entries()) {
    let greeted = false;
    const readServer = createFrameReader(false);
    from.on("data", (chunk) => {
      for (const { type, bytes, body } of readServer(chunk)) {
        // One greeting is enough for the client.
        if (greeted || index === 0) client.write(bytes);
        if (type !== "Z") continue;
        if (greeted) {
          awaited--;
          inTransaction = body.toString() !== "I";
        }
        greeted = true;
      }
    });
  }
}
