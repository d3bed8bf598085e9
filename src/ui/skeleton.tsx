import type { CSSProperties } from "react";
import { cx } from "./cx.ts";

/** The shape of what is coming. Put several together in the shape of the thing, inside one `LoadingRegion`. */
export function Skeleton({ className, style }: { className?: string; style?: CSSProperties }) {
  return <div aria-hidden className={cx("animate-breathe rounded-sm bg-active", className)} style={style} />;
}
