import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface ErrorStateProps {
  /** What happened, in one sentence. */
  title: string;
  /** Whether anything was lost, and what helps. */
  children?: ReactNode;
  /** The one button that does it. */
  action?: ReactNode;
  className?: string;
}

export function ErrorState({ title, children, action, className }: ErrorStateProps) {
  return (
    <div role="alert" className={cx("flex flex-col items-center justify-center gap-1 px-6 py-10 text-center", className)}>
      <TriangleAlert aria-hidden strokeWidth={1.5} className="mb-2 size-5 text-failed" />
      <p className="text-sm font-medium">{title}</p>
      {children ? <div className="max-w-96 text-balance text-sm text-muted">{children}</div> : null}
      {action ? <div className="mt-3">{action}</div> : null}
    </div>
  );
}
