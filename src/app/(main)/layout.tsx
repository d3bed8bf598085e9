import type { ReactNode } from "react";
import { readSession } from "../session.ts";
import { Shell } from "./shell.tsx";

export default async function MainLayout({ children }: { children: ReactNode }) {
  const session = await readSession();
  // Without a session the page below sends the reader to sign in; it knows the way back and this layout does not.
  if (!session) return children;
  return (
    <Shell userId={session.userId} user={{ name: session.name, email: session.email }}>
      {children}
    </Shell>
  );
}
