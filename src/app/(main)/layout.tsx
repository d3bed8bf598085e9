import type { ReactNode } from "react";
import { getServerBridge } from "#server/next.ts";
import { readSession } from "../session.ts";
import { Shell } from "./shell.tsx";

export default async function MainLayout({ children }: { children: ReactNode }) {
  const session = await readSession();
  // Without a session the page below sends the reader to sign in; it knows the way back and this layout does not.
  if (!session) return children;
  const { userId, name, email, color } = session;
  const { mails, providers } = getServerBridge().info;
  return (
    <Shell userId={userId} user={{ name, email, color }} mails={mails} providers={providers}>
      {children}
    </Shell>
  );
}
