import type { ReactNode } from "react";

/** The line above every page: where we are at the left, what can be done and how things stand at the right. */
export function TopBar({ children, actions }: { children: ReactNode; actions: ReactNode }) {
  return (
    <header className="flex h-12 shrink-0 items-center justify-between gap-3 border-b border-line bg-surface pl-4 pr-3">
      <div className="flex min-w-0 items-center gap-2">{children}</div>
      <div className="flex shrink-0 items-center gap-2">{actions}</div>
    </header>
  );
}
