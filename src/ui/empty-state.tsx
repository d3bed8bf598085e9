import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

/** What belongs here, and the first thing to do about it. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
  className,
}: {
  icon: LucideIcon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cx("flex flex-col items-center justify-center gap-1 px-6 py-10 text-center", className)}>
      <Icon aria-hidden strokeWidth={1.5} className="mb-2 size-5 text-muted" />
      <p className="text-sm font-medium">{title}</p>
      {children ? <div className="max-w-88 text-sm text-muted">{children}</div> : null}
      {action ? <div className="mt-3">{action}</div> : null}
    </div>
  );
}
