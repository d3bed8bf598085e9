import type { ReactNode } from "react";

/** Why a form was not taken, under its fields. Nothing when there is nothing to say. */
export function FormError({ children }: { children: ReactNode }) {
  return children ? (
    <p role="alert" className="text-xs text-failed">
      {children}
    </p>
  ) : null;
}
