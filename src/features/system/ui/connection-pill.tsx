"use client";
import { type Connection, useConnection } from "#client/connection.ts";
import { useUnsentWork } from "#client/use-unsent-work.ts";
import { Announcer } from "#ui/announcer.tsx";
import { Button } from "#ui/button.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { cx } from "#ui/cx.ts";
import { Popover } from "#ui/popover.tsx";
import { ConnectionDetails } from "./connection-details.tsx";
import { connectionParts, connectionWords } from "./connection-words.ts";

const dots: Record<Connection["state"], string> = {
  live: "bg-success",
  catchingUp: "bg-amber animate-breathe",
  withoutDatabase: "bg-failed",
  viaHttp: "bg-waiting",
  connecting: "bg-amber animate-breathe",
  reconnecting: "bg-amber animate-breathe",
  offline: "border border-cancelled",
  signedOut: "bg-failed",
  updateAvailable: "bg-waiting",
};

/** Tells the truth about the connection, always; where something can be done about it, pressing does it. */
export function ConnectionPill({ onSignIn }: { onSignIn: () => void }) {
  const connection = useConnection();
  const { state } = connection;
  const unsent = useUnsentWork().items.length;
  const { short, rest } = connectionParts(connection, unsent);
  const content = (
    <>
      <span aria-hidden className={cx("size-2 shrink-0 rounded-full", dots[state])} />
      <span className="truncate">
        {short}
        {rest ? <span className="max-sm:sr-only">{rest}</span> : null}
      </span>
    </>
  );
  const className = "min-w-0 shrink border-line bg-transparent font-normal tabular-nums text-text";
  return (
    <>
      {/* Without the figures: a number that moves is not worth interrupting for. */}
      <Announcer message={state === "live" ? "Live" : connectionWords({ ...connection, retryInMs: null }, unsent)} />
      {state === "signedOut" ? (
        <Button size="small" className={className} onClick={onSignIn}>
          {content}
        </Button>
      ) : state === "updateAvailable" ? (
        <Button size="small" className={className} onClick={() => window.location.reload()}>
          {content}
        </Button>
      ) : (
        <Popover
          title="Connection"
          trigger={
            <button
              type="button"
              data-connection={state}
              onClick={state === "reconnecting" || state === "viaHttp" ? connection.retryNow : undefined}
              className={buttonClass("outline", "small", className)}
            >
              {content}
            </button>
          }
        >
          <ConnectionDetails connection={connection} />
        </Popover>
      )}
    </>
  );
}
