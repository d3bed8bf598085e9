import type { ComponentProps } from "react";
import { safeHref } from "./safe-href.ts";

/** A link whose address is somebody's text. One that could run something is shown as plain text instead. */
export function ExternalLink({ href, children, ...rest }: ComponentProps<"a"> & { href: string }) {
  const safe = safeHref(href);
  if (safe === null) return <span className={rest.className}>{children}</span>;
  return (
    <a {...rest} href={safe} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}
