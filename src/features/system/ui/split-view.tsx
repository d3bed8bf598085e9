"use client";
/** Two clients of one page side by side, each with a connection of its own and a switch to cut it. */
import { useEffect, useRef, useState } from "react";
import { Switch } from "#ui/switch.tsx";
import { connectionWords } from "./connection-words.ts";
import { type ConnectionReport, type CutOrder, isConnectionReport } from "./split-message.ts";

export function SplitView({ path }: { path: string }) {
  return (
    <div className="grid min-h-0 flex-1 grid-rows-2 gap-px bg-line md:grid-cols-2 md:grid-rows-1">
      <Pane name="Client one" path={path} />
      <Pane name="Client two" path={path} />
    </div>
  );
}

function Pane({ name, path }: { name: string; path: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const [connection, setConnection] = useState<ConnectionReport["connection"] | null>(null);

  useEffect(() => {
    const onMessage = (event: MessageEvent) => {
      if (isConnectionReport(event, frame.current?.contentWindow)) setConnection(event.data.connection);
    };
    window.addEventListener("message", onMessage);
    return () => window.removeEventListener("message", onMessage);
  }, []);

  const setCut = (cut: boolean) => {
    const order: CutOrder = { type: "heliograph.cut", cut };
    frame.current?.contentWindow?.postMessage(order, window.location.origin);
  };

  return (
    <section aria-label={name} className="flex min-h-0 min-w-0 flex-col bg-surface">
      <div className="flex h-10 shrink-0 items-center justify-between gap-3 border-b border-line px-4">
        <h2 className="font-medium">{name}</h2>
        <div className="flex items-center gap-4">
          <span className="truncate text-xs tabular-nums text-muted">{connection ? connectionWords(connection) : "Loading"}</span>
          <Switch
            label="Connection"
            checked={connection ? !connection.isCut : true}
            disabled={connection === null}
            onCheckedChange={(on) => setCut(!on)}
          />
        </div>
      </div>
      <iframe ref={frame} src={path} title={name} className="min-h-0 w-full flex-1" />
    </section>
  );
}
