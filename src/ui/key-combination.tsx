"use client";
import { useSyncExternalStore } from "react";
import { Kbd } from "./kbd.tsx";

const never = () => () => {};
const isApple = () => /mac|iphone|ipad/i.test(navigator.platform);

/** A command's key as the reader's keyboard shows it. */
export function KeyCombination({ keys }: { keys: string }) {
  const apple = useSyncExternalStore(never, isApple, () => false);
  return (
    <span className="inline-flex gap-1">
      {keys.split(/\+(?=.)/).map((key) => (
        <Kbd key={key}>{named(key, apple)}</Kbd>
      ))}
    </span>
  );
}

function named(key: string, apple: boolean): string {
  if (key === "mod") return apple ? "⌘" : "Ctrl";
  if (key === "escape") return "Esc";
  return key.length === 1 ? key.toUpperCase() : key;
}
