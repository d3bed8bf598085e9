/** The engine's public surface; everything else in this folder is its own business. */

export type { Edge, Tab } from "./attendance.ts";
export { DEFAULT_LIMITS, type Logger, type RealtimeLimits } from "./core.ts";
export type { Showing } from "./ephemeral.ts";
export { RealtimeError, type RealtimeErrorCode } from "./errors.ts";
export { Presence, type PresenceOptions } from "./presence.ts";
export { presenceSession } from "./presence-schema.ts";
export { createRealtime, type Realtime, type RealtimeOptions } from "./realtime.ts";
export type { Delivery, LiveStream } from "./subscriber.ts";
export { defineTopic, type EventOf, type LiveEventOf, type NewEvent, type Resync, type ResyncReason, type Topic } from "./topic.ts";
export type { RealtimeTransaction } from "./transaction.ts";
export { roomName } from "./visit.ts";
export type { PublishOptions } from "./wire.ts";
