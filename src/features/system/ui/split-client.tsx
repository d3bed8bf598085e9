"use client";
import { useEffect } from "react";
import { useConnection } from "#client/connection.ts";
import { type ConnectionReport, isCutOrder } from "./split-message.ts";

/** Lets the split view cut this client and see how it fares. Does nothing on a page of its own. */
export function SplitClient() {
  const { state, rttMs, retryInMs, isCut, resumes, cut, restore } = useConnection();

  useEffect(() => {
    if (window.parent === window) return;
    const onMessage = (event: MessageEvent) => {
      if (!isCutOrder(event)) return;
      if (event.data.cut) cut();
      else restore();
    };
    window.addEventListener("message", onMessage);
    return () => window.removeEventListener("message", onMessage);
  }, [cut, restore]);

  useEffect(() => {
    if (window.parent === window) return;
    const report: ConnectionReport = { type: "heliograph.connection", connection: { state, rttMs, retryInMs, isCut, resumes } };
    window.parent.postMessage(report, window.location.origin);
  }, [state, rttMs, retryInMs, isCut, resumes]);

  return null;
}
