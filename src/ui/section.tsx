import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** A titled part of a page, ruled off from the one above. */
export function Section({ title, className, children }: { title: string; className?: string; children: ReactNode }) {
  return (
    <section aria-label={title} className={cx("flex flex-col border-t border-line", className)}>
      <h2 className="shrink-0 px-4 pb-1 pt-3 text-sm font-medium">{title}</h2>
      {children}
    </section>
  );
}
