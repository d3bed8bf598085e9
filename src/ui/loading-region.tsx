import type { ReactNode } from "react";

/** Wraps skeletons and says once, for those who do not see them, what is loading. */
export function LoadingRegion({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <div role="status" className={className}>
      <span className="sr-only">{label}</span>
      {children}
    </div>
  );
}
