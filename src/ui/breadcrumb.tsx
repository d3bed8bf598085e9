import { ChevronRight } from "lucide-react";
import Link from "next/link";
import { cx } from "./cx.ts";

/** The place above this one, before the name of this one. */
export function Breadcrumb({ href, label, className }: { href: string; label: string; className?: string }) {
  return (
    <span className={cx("flex min-w-0 items-center gap-1 text-sm text-muted", className)}>
      <Link href={href} className="truncate rounded-sm hover:text-text">
        {label}
      </Link>
      <ChevronRight aria-hidden strokeWidth={1.5} className="size-4 shrink-0" />
    </span>
  );
}
