/** A mail server that takes everything and keeps it, envelope and text, as they came over the wire. */
import { once } from "node:events";
import { createServer } from "node:net";

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly headers: string;
  readonly body: string;
}

export interface SmtpServer extends AsyncDisposable {
  readonly url: string;
  readonly mails: readonly ReceivedMail[];
}

export async function startSmtpServer(): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const server = createServer((socket) => {
    let envelope = { from: "", to: [] as string[] };
    let buffer = "";
    let inData = false;
    const answer = (line: string) => socket.write(`${line}\r\n`);
    const command = (line: string) => {
      const verb = line.slice(0, 4).toUpperCase();
      if (verb === "EHLO" || verb === "HELO") answer("250 test");
      else if (verb === "MAIL") envelope = { from: line, to: [] };
      else if (verb === "RCPT") envelope.to.push(line);
      if (verb === "MAIL" || verb === "RCPT" || verb === "RSET") answer("250 ok");
      else if (verb === "DATA") {
        inData = true;
        answer("354 go on");
      } else if (verb === "QUIT") socket.end("221 bye\r\n");
    };
    socket.on("error", () => {});
    socket.on("data", (data) => {
      buffer += String(data);
      for (;;) {
        const end = buffer.indexOf(inData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const text = buffer.slice(0, end);
        buffer = buffer.slice(end + (inData ? 5 : 2));
        if (!inData) command(text);
        else {
          inData = false;
          const split = text.indexOf("\r\n\r\n");
          mails.push({ ...envelope, headers: text.slice(0, split), body: text.slice(split + 4) });
          answer("250 taken");
        }
      }
    });
    answer("220 test");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
