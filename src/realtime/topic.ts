/**
 * A topic is a kind of stream: its name, which ids it has, which events may happen on it, and how long they are kept.
 *
 * This file and room.ts are all that a browser loads of the engine, so it may import nothing with I/O. The same definition
 * validates what a service publishes, types what a component receives, and tells a client whether it knows an event that a newer
 * server sent.
 */
import type { z } from "zod";

/** Event payload schemas by event type. Types are past tense: `nodeFinished`, not `finishNode`. */
export type EventSchemas = Readonly<Record<string, z.ZodType>>;

/** How much of a stream's past is kept. Stream rows are never trimmed, so positions stay comparable. */
export interface Retention {
  /** Events older than this may be trimmed, in milliseconds. */
  readonly maxAgeMs: number;
  /** All but this many newest events of one stream may be trimmed; omitted: no limit by count. */
  readonly maxEvents?: number;
  /**
   * `true`: trim only what the stream's floor covers (a feature raises it in the transaction that stores a snapshot, LOG4).
   * @default false: the tables are the snapshot, so age and count alone decide
   */
  readonly upToFloor?: boolean;
}

export interface TopicOptions<Id extends z.ZodType<string>, Events extends EventSchemas> {
  /** Which ids exist; checked at publish and at subscribe. */
  readonly id: Id;
  readonly events: Events;
  /**
   * Where a subscriber without a position begins: at the stream's first event, or at what happens next. Where that first event has
   * been trimmed, or is further back than a reader may be, "beginning" answers `resync` before anything else.
   */
  readonly start: "beginning" | "now";
  readonly retention: Retention;
  /**
   * How soon a lost NOTIFY is found by the safety sweep: `urgent` streams (access, say) are looked at every 500 ms,
   * the others in turn within a fixed budget.
   * @default "budgeted"
   */
  readonly sweep?: "budgeted" | "urgent";
}

export interface Topic<
  Name extends string = string,
  Events extends EventSchemas = EventSchemas,
  Id extends z.ZodType<string> = z.ZodType<string>,
> extends Required<TopicOptions<Id, Events>> {
  readonly name: Name;
}

/** What a service publishes: the type names the schema that `data` must satisfy. */
export type NewEvent<T extends Topic> = {
  [Type in keyof T["events"] & string]: { readonly type: Type; readonly data: z.input<T["events"][Type]> };
}[keyof T["events"] & string];

/** What a subscriber receives; `at` is when it happened, by the publisher's clock. */
export type EventOf<T extends Topic> = {
  [Type in keyof T["events"] & string]: {
    readonly type: Type;
    readonly at: Date;
    readonly data: z.output<T["events"][Type]>;
  };
}[keyof T["events"] & string];

/** Why a reader cannot simply go on. `tooFar`: everything is there, but refetching is cheaper than replaying. */
export type ResyncReason = "reset" | "ahead" | "truncated" | "tooFar";

/**
 * Says that events between the reader's position and `position` will not come: fetch the state again, then go on from there.
 * A member of every live union, so that no consumer can forget it.
 */
export interface Resync {
  readonly type: "resync";
  readonly at: Date;
  readonly data: { readonly reason: ResyncReason; readonly position: string };
}

export type LiveEventOf<T extends Topic> = EventOf<T> | Resync;

const NAME = /^[a-z][a-zA-Z0-9]{0,62}$/;

/**
 * Defines a topic. Call it at module level in a feature's `events.ts`, once per name.
 * @throws TypeError when the name is not camelCase ASCII of at most 63 characters, or an event is called `resync`.
 */
export function defineTopic<const Name extends string, const Events extends EventSchemas, Id extends z.ZodType<string>>(
  name: Name,
  options: TopicOptions<Id, Events>,
): Topic<Name, Events, Id> {
  if (!NAME.test(name)) throw new TypeError(`Topic name "${name}" must be camelCase ASCII, at most 63 characters.`);
  for (const type of Object.keys(options.events)) {
    if (!NAME.test(type)) throw new TypeError(`Event "${type}" of topic "${name}" must be camelCase ASCII, at most 63 characters.`);
    if (type === "resync") throw new TypeError(`Topic "${name}" may not define "resync": the engine speaks it.`);
  }
  return { sweep: "budgeted", ...options, name };
}
