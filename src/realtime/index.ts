/** The engine's public surface; everything else in this folder is its own business. */
export { RealtimeError, type RealtimeErrorCode } from "./errors.ts";
export { DEFAULT_LIMITS, type RealtimeLimits } from "./limits.ts";
export type { Delivery, LiveStream } from "./live-stream.ts";
export type { Logger } from "./logger.ts";
export { createRealtime, type Realtime, type RealtimeOptions } from "./realtime.ts";
export { STORAGE_SQL } from "./schema.ts";
export { defineTopic, type EventOf, type LiveEventOf, type NewEvent, type Resync, type ResyncReason, type Topic } from "./topic.ts";
export type { PublishOptions, RealtimeTransaction } from "./transaction.ts";
