/**
 * Why the server closes a socket. Browser-safe: the client tells people what happened by these.
 *
 * 1009 (a frame over the limit), 1002 and 1007 (not a WebSocket frame, not UTF-8) come from the `ws` package itself.
 */
export const closeCodes = {
  /** The process is going away; connect again at once, to another or to the next one. Nothing is lost. */
  restarting: { code: 1012, reason: "The server is restarting; connect again." },
  messageTooBig: { code: 1009, reason: "A message was over the size limit." },
  /** The session was signed out, here or from another device. */
  sessionEnded: { code: 4401, reason: "The session has ended; sign in again." },
  /** Nobody used the session for as long as it lasts. */
  sessionExpired: { code: 4402, reason: "The session has expired; sign in again." },
  passwordChanged: { code: 4403, reason: "The password was changed; sign in with the new one." },
  accountDeleted: { code: 4404, reason: "The account was deleted." },
  /** The peer did not read for too long; connect again and resume. */
  slowReader: { code: 4408, reason: "The socket was not read for too long; connect again to resume." },
  /** More messages a second than allowed. */
  tooManyMessages: { code: 4429, reason: "Too many messages; connect again later." },
  /** More sockets than one user (or, signed out, one address) may have. */
  tooManySockets: { code: 4430, reason: "Too many open connections for this user; close some and connect again." },
} as const satisfies Record<string, { readonly code: number; readonly reason: string }>;

export type CloseCause = keyof typeof closeCodes;

/** Causes that are about the visitor's session. */
export const sessionEndCauses = ["sessionEnded", "sessionExpired", "passwordChanged", "accountDeleted"] as const satisfies CloseCause[];
export type SessionEndCause = (typeof sessionEndCauses)[number];

/** Which of them a close code stands for; null for every other code. */
export function sessionEndOf(code: number): SessionEndCause | null {
  return sessionEndCauses.find((cause) => closeCodes[cause].code === code) ?? null;
}
