/**
 * A room kind: who may be somewhere together, and which short-lived values each of them shows. Browser-safe, like topic.ts.
 *
 * What is shown here is never stored: of each slice only the newest value counts, and it goes when its owner goes. Values are plain
 * JSON, so that they cost nothing but text on their way.
 */
import { z } from "zod";

export interface Slice<Schema extends z.ZodType = z.ZodType> {
  /** Of one value; its output must be plain JSON. */
  readonly schema: Schema;
  /** The value becomes null when it was not set again for this long, in milliseconds (typing). Omitted: it stays. */
  readonly clearAfterMs?: number;
}

export type Slices = Readonly<Record<string, Slice>>;

/** Newest values by slice; null or absent: nothing to show. */
export type Values<S extends Slices = Slices> = { readonly [Name in keyof S]?: z.output<S[Name]["schema"]> | null };

export interface RoomOptions<S extends Slices = Slices> {
  /** Which rooms of this kind there are; checked when somebody joins. 1 to 128 visible ASCII characters. */
  readonly id: z.ZodType<string>;
  readonly slices: S;
  /**
   * Which slices of `owner` the viewer could not see now, by what the two show (their viewports, say). Those are sent to this viewer
   * once a second instead of at once, enough for an arrow at the edge. Omitted: everybody sees everything.
   */
  outOfSight?(viewer: Values<S>, owner: Values<S>, ownerTabId: string): readonly (keyof S & string)[];
}

export interface RoomKind<Name extends string = string, S extends Slices = Slices> {
  readonly name: Name;
  readonly id: z.ZodType<string>;
  readonly slices: S;
  // As in RoomOptions, but a kind with more slices is still a kind.
  outOfSight?(viewer: Values<S>, owner: Values<S>, ownerTabId: string): readonly string[];
}

export type ValuesOf<K extends RoomKind> = Values<K["slices"]>;

/** One tab that is in the room. Whose it is, and what that person is called, is the server's word and never the tab's. */
export interface Member {
  readonly tabId: string;
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  /** What the tab runs on, for people: "Firefox on Linux". */
  readonly device: string;
  readonly joinedAt: Date;
  /** Its connection has just gone; it has a few seconds to come back before it leaves. */
  readonly away: boolean;
}

/** First the room as it is, then what changes in it; another `room` replaces everything. */
export type RoomUpdate<K extends RoomKind = RoomKind> =
  | {
      readonly type: "room";
      /** The reader's own tab; it is among `members`. */
      readonly self: string;
      readonly members: readonly Member[];
      readonly values: Readonly<Record<string, ValuesOf<K>>>;
    }
  | {
      readonly type: "change";
      /** New or changed. */
      readonly here: readonly Member[];
      readonly left: readonly string[];
      /** By tab, only the slices that changed. A tab's own values are not told to it. */
      readonly values: Readonly<Record<string, ValuesOf<K>>>;
    };

type ValueSchemas<S extends Slices> = { [Name in keyof S]: z.ZodOptional<z.ZodNullable<S[Name]["schema"]>> };

/** What a tab may show in such a room, as an object that knows no other slices; null takes a value back. */
export function valuesSchema<K extends RoomKind>(kind: K): z.ZodObject<ValueSchemas<K["slices"]>, z.core.$strict> {
  const schemas = Object.entries(kind.slices).map(([name, { schema }]) => [name, schema.nullable().optional()]);
  // Object.fromEntries forgets which name has which schema.
  return z.strictObject(Object.fromEntries(schemas) as ValueSchemas<K["slices"]>);
}

const NAME = /^[a-z][a-zA-Z0-9]{0,62}$/;

/**
 * Defines a kind of room. Call it at module level in a feature's `events.ts`, once per name.
 * @throws TypeError when the name is not camelCase ASCII of at most 63 characters
 */
export function defineRoom<const Name extends string, const S extends Slices>(name: Name, options: RoomOptions<S>): RoomKind<Name, S> {
  if (!NAME.test(name)) throw new TypeError(`Room name "${name}" must be camelCase ASCII, at most 63 characters.`);
  return { ...options, name };
}
