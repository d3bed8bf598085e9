import type { ReactNode } from "react";
import { VisitorProvider } from "#client/visitor-provider.tsx";

/** The pages on the way into the app; each may be opened by anybody. */
export default function EntryLayout({ children }: { children: ReactNode }) {
  return <VisitorProvider>{children}</VisitorProvider>;
}
