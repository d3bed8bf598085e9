import { ChevronRight } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";

export interface BreadcrumbProps {
  href: string;
  label: string;
  /** Where the room is needed for what this page is called; the side bar and the bottom bar lead back, too. */
  hideOnNarrow?: boolean;
  /** What this page is called. Without it the place above stands alone. */
  children?: ReactNode;
}

/** The place above this one, before the name of this one. */
export function Breadcrumb({ href, label, hideOnNarrow = false, children }: BreadcrumbProps) {
  return (
    <>
      <span className={cx("flex min-w-0 items-center gap-1 text-sm text-muted", hideOnNarrow && "max-lg:hidden")}>
        <Link href={href} className="truncate rounded-sm hover:text-text">
          {label}
        </Link>
        {children ? <ChevronRight aria-hidden strokeWidth={1.5} className="size-4 shrink-0" /> : null}
      </span>
      {children}
    </>
  );
}
