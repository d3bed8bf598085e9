/**
 * An event as the log stores it.
 *
 * The text is made at publish and stored as it is, so a replay and a live delivery have the same types (Date, Map, bytes). The
 * meta is taken from `{ data: event }`, one level up, since that is how a message to a socket wraps it: both texts can become part
 * of one without being parsed. As it is, tRPC parses an event once per process and writes it again for each socket.
 */
import superjson from "superjson";
import type { z } from "zod";
import { RealtimeError } from "./errors.ts";
import type { NewEvent, Topic } from "./topic.ts";

/** What the log stores of an event before it has a sequence number. */
export interface NewRow {
  readonly stream: string;
  readonly type: string;
  readonly data: string;
  readonly meta: string | null;
  /** Refused if the stream's fence is higher; null: not fenced. */
  readonly fence: number | null;
}

/** An event of the log. `value` is parsed once per process, however many subscribers read it. */
export class LoggedEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: string;
  readonly meta: string | null;
  #value: unknown;

  constructor(seq: number, type: string, data: string, meta: string | null) {
    this.seq = seq;
    this.type = type;
    this.data = data;
    this.meta = meta;
  }

  /** UTF-16 length of the stored text, what buffers are bounded by. */
  get size(): number {
    return this.data.length + (this.meta?.length ?? 0);
  }

  get value(): unknown {
    if (this.#value === undefined) {
      const meta = this.meta === null ? undefined : JSON.parse(this.meta);
      this.#value = superjson.deserialize<{ data: unknown }>({ json: { data: JSON.parse(this.data) }, meta }).data;
    }
    return this.#value;
  }
}

const STREAM_ID = /^[\x21-\x7e]{1,128}$/;

/** @throws RealtimeError INVALID_TOPIC when the id is not one of the topic's. */
export function streamName(topic: Topic, id: string): string {
  if (!STREAM_ID.test(id) || !topic.id.safeParse(id).success) {
    throw new RealtimeError("INVALID_TOPIC", `"${id.slice(0, 60)}" is not an id of topic "${topic.name}".`);
  }
  return `${topic.name}:${id}`;
}

export interface PublishOptions {
  /** The writer's claim number, from 1; refused with FENCED when a newer claim exists. Omitted: not fenced. */
  readonly fence?: number;
  /** When it happened, by the publisher's clock; omitted: now. */
  readonly at?: Date;
}

/**
 * Validates and serializes. Only what the schema keeps is stored.
 * @throws RealtimeError INVALID_EVENT, INVALID_TOPIC or EVENT_TOO_LARGE; nothing has been queued then
 */
export function encodeEvent<T extends Topic>(
  topic: T,
  id: string,
  event: NewEvent<T>,
  { at = new Date(), fence }: PublishOptions,
  maxBytes: number,
): NewRow {
  const stream = streamName(topic, id);
  const schema: z.ZodType | undefined = Object.hasOwn(topic.events, event.type) ? topic.events[event.type] : undefined;
  if (!schema) throw new RealtimeError("INVALID_EVENT", `Topic "${topic.name}" has no event "${event.type}"; add it in its events.ts.`);
  const what = `"${event.type}" for ${stream}`;
  const parsed = schema.safeParse(event.data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new RealtimeError("INVALID_EVENT", `${what} was not published: ${issue?.path.join(".")}: ${issue?.message}.`);
  }
  if (fence !== undefined && !(Number.isSafeInteger(fence) && fence > 0)) {
    throw new RealtimeError("INVALID_EVENT", `${what} was not published: a fence is a whole number from 1, not ${fence}.`);
  }
  const { json, meta } = superjson.serialize({ data: { type: event.type, at, data: parsed.data } });
  // superjson keeps the shape it was given; its own type only says that the result is JSON.
  const data = JSON.stringify((json as { data: unknown }).data);
  const bytes = Buffer.byteLength(data);
  if (bytes > maxBytes) {
    const message = `${what} is ${bytes} bytes, the limit is ${maxBytes}: store the bulk in a table and publish a preview.`;
    throw new RealtimeError("EVENT_TOO_LARGE", message);
  }
  return { stream, type: event.type, data, meta: meta ? JSON.stringify(meta) : null, fence: fence ?? null };
}
