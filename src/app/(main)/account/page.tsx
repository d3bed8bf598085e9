import type { Metadata } from "next";
import { AccountSettings } from "#features/account/ui/account-settings.tsx";
import { getServerBridge } from "#server/next.ts";
import { requireSession } from "../../session.ts";
import { AppTopBar } from "../app-top-bar.tsx";

export const metadata: Metadata = { title: "Your account" };

const goesWithTheAccount = [
  "your name, colour and address",
  "all sessions: every device is signed out",
  "workflows that nobody else owns, with their runs", // demo
  "your place in workflows that others own", // demo
];

export default async function AccountPage() {
  await requireSession("/account");
  return (
    <>
      <AppTopBar>
        <span className="truncate text-sm font-medium">Your account</span>
      </AppTopBar>
      <main className="min-h-0 flex-1 overflow-y-auto scroll-quiet">
        <div className="mx-auto max-w-5xl px-4 py-6 md:px-8 md:py-10">
          <h1 className="mb-6 text-title font-medium">Your account</h1>
          <AccountSettings mails={getServerBridge().info.mails} goes={goesWithTheAccount} />
        </div>
      </main>
    </>
  );
}
