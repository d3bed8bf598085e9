/** A door with TLS in front of a Postgres, whose certificate no authority has signed: as many hosted ones have it. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";

/** For these tests alone, and for a hundred years. */
const CERT = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUTIoB81XH5KXbNdbvFZlZaGC5OX8wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTA5MjA1MFoYDzIxMjYxMDI4
MDkyMDUwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATJeqHmhR1wt9hWDahdE0OOkPDvdyWt4X/TPrldqI0zfrkwbMaJPtvk
3H3kQHGuvzLnuRS+66WpbrVa2aBtzNVLo28wbTAdBgNVHQ4EFgQU3CbcEEKyjN+v
3WbL1811VqXpZ40wHwYDVR0jBBgwFoAU3CbcEEKyjN+v3WbL1811VqXpZ40wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAOV6eoEnSn54SqP3RJH0YY787/AZxPi55AFIHaoDixO8AiEA
0UVvT+TvzgVOKYaOS0t90dAQ/OJTFevIhRCfLzxZ1cg=
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCvoRQ2In1r3PLzeu
xV9Z3iiOl6Bnvoy6WxxiScaJj2GhRANCAATJeqHmhR1wt9hWDahdE0OOkPDvdyWt
4X/TPrldqI0zfrkwbMaJPtvk3H3kQHGuvzLnuRS+66WpbrVa2aBtzNVL
-----END PRIVATE KEY-----`;

const SSL_REQUEST = 80_877_103;

export interface TlsDoor extends AsyncDisposable {
  /** `target`, by way of the door. */
  readonly url: string;
}

/** Lets nobody in without TLS. */
export async function openTlsDoor(target: string): Promise<TlsDoor> {
  const { hostname, port } = new URL(target);
  const secureContext = createSecureContext({ cert: CERT, key: KEY });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // either side leaves as it likes
    socket.once("data", (first) => {
      if (first.length !== 8 || first.readInt32BE(4) !== SSL_REQUEST) return socket.destroy();
      socket.write("S");
      const inside = connect(Number(port), hostname);
      const outside = new TLSSocket(socket, { isServer: true, secureContext });
      inside.on("error", () => outside.destroy()).once("close", () => outside.destroy());
      outside.on("error", () => inside.destroy()).once("close", () => inside.destroy());
      outside.pipe(inside).pipe(outside);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port); // listening on a port, so it is no path
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
