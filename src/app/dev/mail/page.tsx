import type { Metadata } from "next";
import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { KeptMails } from "#features/account/ui/kept-mails.tsx";
import { getServerBridge } from "#server/next.ts";

export const metadata: Metadata = { title: "Mails" };

/** Development only: mails that were kept instead of sent. */
export default async function MailsPage() {
  // Before anything else: `next build` runs without a server and learns here that this page cannot be made ahead.
  await headers();
  const mails = await getServerBridge().readKeptMails();
  if (mails === null) notFound();
  return (
    <main className="mx-auto flex max-w-3xl flex-col gap-6 px-4 py-6 md:px-8 md:py-10">
      <div>
        <h1 className="text-title font-medium">Mails</h1>
        <p className="mt-1 text-muted">Development only: what would have been sent. With SMTP_URL set, mails are sent instead.</p>
      </div>
      <KeptMails mails={mails} />
    </main>
  );
}
