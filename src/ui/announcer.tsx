"use client";
import { useEffect, useRef, useState } from "react";

const SPACING_MS = 1_000;

/** Tells screen readers `message` when it changes, politely and at most once a second; what came in between is left out. */
export function Announcer({ message }: { message: string }) {
  const [said, setSaid] = useState("");
  const saidAt = useRef(0);
  useEffect(() => {
    const wait = Math.max(0, saidAt.current + SPACING_MS - Date.now());
    const timer = setTimeout(() => {
      saidAt.current = Date.now();
      setSaid(message);
    }, wait);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div aria-live="polite" role="status" className="sr-only">
      {said}
    </div>
  );
}
