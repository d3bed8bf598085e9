import { type ComponentProps, type ReactNode, useId } from "react";
import { cx } from "./cx.ts";

export const inputClass =
  "h-8 w-full min-w-0 rounded-md border border-line-strong bg-raised px-2.5 text-sm text-text placeholder:text-muted disabled:opacity-60";

export const textAreaClass =
  "w-full min-w-0 rounded-md border border-line-strong bg-raised px-2.5 py-2 font-mono text-xs text-text placeholder:text-muted disabled:opacity-60";

export interface FieldProps extends ComponentProps<"input"> {
  label: string;
  /** Shown under the field, tied to it for screen readers. */
  error?: ReactNode;
}

/** A labelled text input with its error. */
export function Field({ label, error, className, ...props }: FieldProps) {
  const id = useId();
  return (
    <div className={cx("flex flex-col gap-1.5", className)}>
      <label htmlFor={id} className="text-xs font-medium">
        {label}
      </label>
      <input
        {...props}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        className={inputClass}
      />
      {error ? (
        <p id={`${id}-error`} className="text-xs text-failed">
          {error}
        </p>
      ) : null}
    </div>
  );
}
