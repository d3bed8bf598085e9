import Link from "next/link";
import type { ReactNode } from "react";

/** A link in running text to another of the pages on the way in, which keeps where one was going. */
export function EntryLink({
  to,
  returnTo = "/",
  children,
}: {
  to: "/sign-in" | "/sign-up" | "/reset";
  returnTo?: string;
  children: ReactNode;
}) {
  const href = returnTo === "/" ? to : `${to}?returnTo=${encodeURIComponent(returnTo)}`;
  return (
    <Link
      href={href}
      className="rounded-sm font-medium text-text underline decoration-line-strong underline-offset-3 hover:decoration-current"
    >
      {children}
    </Link>
  );
}
