/**
 * A mail server that delivers to a folder: the servers under test send their mails for real, and tests read what arrived. It takes
 * everything from everybody, so it listens on loopback only.
 */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { eventually } from "../../support/eventually.ts";

const FOLDER = join(import.meta.dirname, "../../../test-results/mails");

export interface ReceivedMail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Empties the folder and takes mails from now on. */
export async function startMailbox(): Promise<{ readonly url: string; close(): void }> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  let received = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    socket.on("error", () => {}); // a sender that was stopped in the middle
    void converse(socket, (mail) => store(mail, received++));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The mailbox has no port.");
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Waits until `count` mails to this address are there; returns the newest. */
export async function mailTo(email: string, count = 1): Promise<ReceivedMail> {
  return eventually(
    async () => {
      const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".json")).sort();
      const all = await Promise.all(
        names.map(async (name): Promise<ReceivedMail> => JSON.parse(await readFile(join(FOLDER, name), "utf8"))),
      );
      const mine = all.filter(({ to }) => to === email);
      return mine.length >= count ? (mine.at(-1) ?? null) : null;
    },
    { what: `mail ${count} to ${email}`, timeoutMs: 30_000 },
  );
}

/** The link in a mail. @throws Error without one */
export function linkIn({ text, subject }: ReceivedMail): string {
  const [link] = /https?:\/\/\S+/.exec(text) ?? [];
  if (!link) throw new Error(`There is no link in "${subject}".`);
  return link;
}

/** As much of SMTP as a client needs to get rid of a mail. */
async function converse(socket: Socket, deliver: (source: string) => Promise<void>): Promise<void> {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let data: string[] | null = null;
  say("220 mailbox");
  for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (data !== null && line !== ".") data.push(line.replace(/^\./, ""));
    else if (data !== null) {
      await deliver(data.join("\n"));
      data = null;
      say("250 kept");
    } else if (/^DATA/i.test(line)) {
      data = [];
      say("354 go on");
    } else if (/^QUIT/i.test(line)) {
      say("221 bye");
      socket.end();
    } else say("250 ok");
  }
}

async function store(source: string, number: number): Promise<void> {
  const [head = "", ...body] = source.split("\n\n");
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, "im").exec(head)?.[1] ?? "";
  const to = header("To").replace(/^.*<|>.*$/g, "");
  const mail: ReceivedMail = { to, subject: header("Subject"), text: decode(body.join("\n\n"), header("Content-Transfer-Encoding")) };
  const path = join(FOLDER, `${String(number).padStart(5, "0")}.json`);
  // Renamed into place, so that a reader finds it whole.
  await writeFile(`${path}.part`, JSON.stringify(mail));
  await rename(`${path}.part`, path);
}

function decode(text: string, encoding: string): string {
  if (/base64/i.test(encoding)) return Buffer.from(text, "base64").toString();
  if (!/quoted-printable/i.test(encoding)) return text;
  const bytes = text.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
