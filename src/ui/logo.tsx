import { cx } from "./cx.ts";

/** A mirror that catches the sun: a disc, half lit, and the flash it sends. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 20 20" className={cx("size-5 shrink-0", className)}>
      <circle cx="10" cy="10" r="4.25" className="fill-amber" />
      <g className="stroke-amber" strokeWidth="1.5" strokeLinecap="round">
        <path d="M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 1.4M14.6 14.6 16 16M4 16l1.4-1.4M14.6 5.4 16 4" />
      </g>
    </svg>
  );
}
