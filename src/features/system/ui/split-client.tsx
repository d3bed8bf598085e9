"use client";
import { useEffect } from "react";
import { useConnection } from "#client/connection.ts";
import { type ConnectionReport, isCutOrder } from "./split-message.ts";
import { useEmbedded } from "./use-embedded.ts";

/** Lets the split view cut this client and see how it fares. Does nothing on a page of its own. */
export function SplitClient() {
  const { state, rttMs, retryInMs, isCut, resumes, cut, restore } = useConnection();

  const embedded = useEmbedded();

  useEffect(() => {
    if (!embedded) return;
    const onMessage = (event: MessageEvent) => {
      if (!isCutOrder(event)) return;
      if (event.data.cut) cut();
      else restore();
    };
    window.addEventListener("message", onMessage);
    return () => window.removeEventListener("message", onMessage);
  }, [embedded, cut, restore]);

  useEffect(() => {
    if (!embedded) return;
    const report: ConnectionReport = { type: "heliograph.connection", connection: { state, rttMs, retryInMs, isCut, resumes } };
    window.parent.postMessage(report, window.location.origin);
  }, [embedded, state, rttMs, retryInMs, isCut, resumes]);

  return null;
}
