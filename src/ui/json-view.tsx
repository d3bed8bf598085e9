import { cx } from "./cx.ts";

/** Data as indented text. Long strings wrap instead of scrolling sideways. */
export function JsonView({ value, className }: { value: unknown; className?: string }) {
  return (
    <pre className={cx("whitespace-pre-wrap break-words font-mono text-xs leading-5 text-text", className)}>
      {JSON.stringify(value, null, 2)}
    </pre>
  );
}
