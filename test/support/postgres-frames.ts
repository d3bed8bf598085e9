/** Cuts the byte stream of a Postgres connection (protocol 3, without TLS) into its messages, for the fault proxy. */

export interface Frame {
  /** The message's type byte as a letter; "" for the start-up message, which has none. */
  readonly type: string;
  /** The whole message as it was on the wire. */
  readonly bytes: Buffer;
  /** Without type and length. */
  readonly body: Buffer;
}

/** @param startup whether the first message is the type-less one that a client begins with */
export function createFrameReader(startup: boolean): (chunk: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  let first = startup;
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const typeBytes = first ? 0 : 1;
      if (rest.length < typeBytes + 4) return frames;
      const length = typeBytes + rest.readInt32BE(typeBytes);
      if (rest.length < length) return frames;
      const bytes = rest.subarray(0, length);
      frames.push({ type: first ? "" : String.fromCharCode(bytes[0] ?? 0), bytes, body: bytes.subarray(typeBytes + 4) });
      rest = rest.subarray(length);
      first = false;
    }
  };
}

/**
 * Follows a client's messages and says which statement each one starts: a simple query, or the execution of a prepared one,
 * whose text was sent once and is only named later.
 */
export function createStatementReader(): (frame: Frame) => string | null {
  const prepared = new Map<string, string>();
  return ({ type, body }) => {
    const strings = () => body.toString("utf8").split("\0");
    if (type === "Q") return strings()[0] ?? "";
    if (type === "P") {
      const [name = "", text = ""] = strings();
      prepared.set(name, text);
    }
    if (type === "B") return prepared.get(strings()[1] ?? "") ?? "";
    return null;
  };
}

/** Channel and payload of a notification; null for any other message from the server. */
export function readNotification({ type, body }: Frame): { channel: string; payload: string } | null {
  if (type !== "A") return null;
  const [channel = "", payload = ""] = body.subarray(4).toString("utf8").split("\0");
  return { channel, payload };
}
