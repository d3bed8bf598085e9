import type { ReactNode } from "react";
import type { Connection } from "#client/connection.ts";
import { Button } from "#ui/button.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";
import { Sparkline } from "#ui/sparkline.tsx";
import { connectionMeaning } from "./connection-words.ts";

export function ConnectionDetails({ connection }: { connection: Connection }) {
  const { rttHistory, state } = connection;
  const connected = state === "live" || state === "updateAvailable" || state === "catchingUp" || state === "withoutDatabase";
  const transport = state === "viaHttp" ? "HTTP" : connected ? "WebSocket" : "WebSocket, not connected";
  return (
    <div className="flex flex-col gap-3 text-xs">
      <p className="text-muted">{connectionMeaning(connection)}</p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 tabular-nums">
        <Fact label="Transport">{transport}</Fact>
        <Fact label={connected ? "Instance" : "Last instance"}>{connection.instanceId ?? "not known yet"}</Fact>
        <Fact label="Version">{connection.version ?? "not known yet"}</Fact>
        <Fact label="Last message">{connection.lastEventAt ? <RelativeTime at={connection.lastEventAt} /> : "none yet"}</Fact>
        <Fact label="Resumed">
          {connection.resumes === 0 ? "never" : connection.resumes === 1 ? "once" : `${connection.resumes} times`}
        </Fact>
        {connection.closeReason ? <Fact label="Last closed">{connection.closeReason}</Fact> : null}
      </dl>
      <div>
        <p className="flex justify-between text-muted">
          <span>Round trip</span>
          {rttHistory.length > 0 ? <span className="tabular-nums">at most {Math.round(Math.max(...rttHistory))} ms</span> : null}
        </p>
        <Sparkline label="Round trips, the latest at the right" values={rttHistory} />
      </div>
      {state === "reconnecting" || state === "viaHttp" ? <Button onClick={connection.retryNow}>Connect now</Button> : null}
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="truncate text-right">{children}</dd>
    </>
  );
}
