import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

// Touched, text is as large as browsers on phones want it: smaller, they zoom into the field and stay there.
export const inputClass =
  "h-8 pointer-coarse:h-10 pointer-coarse:text-base w-full min-w-0 rounded-md border border-line-strong bg-raised px-2.5 text-sm text-text placeholder:text-muted disabled:opacity-60";

export const textAreaClass =
  "w-full min-w-0 rounded-md border border-line-strong bg-raised px-2.5 py-2 font-mono text-xs pointer-coarse:text-base text-text placeholder:text-muted disabled:opacity-60";

export interface FieldProps extends ComponentProps<"input"> {
  label: string;
  /** Shown under the field, tied to it for screen readers. */
  error?: ReactNode;
  /** What is expected; an error takes its place. */
  hint?: ReactNode;
}

/** A labelled text input with its error. */
export function Field({ label, error, hint, className, ...props }: FieldProps) {
  const id = useId();
  const note = error || hint;
  return (
    <div className={cx("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-xs font-medium">
        {label}
      </label>
      <input
        {...props}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        className={inputClass}
      />
      {note ? (
        <p id={`${id}-note`} className={cx("text-xs", error ? "text-failed" : "text-muted")}>
          {note}
        </p>
      ) : null}
    </div>
  );
}
