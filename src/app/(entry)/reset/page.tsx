import type { Metadata } from "next";
import { ChooseNewPassword, NoReset, RequestReset } from "#features/account/ui/reset.tsx";
import { getServerBridge } from "#server/next.ts";
import { oneParam, type SearchParams } from "../params.ts";

// The address may hold a secret: it is told to no other site.
export const metadata: Metadata = { title: "New password", referrer: "no-referrer" };

export default async function ResetPage({ searchParams }: { searchParams: SearchParams }) {
  const token = await oneParam(searchParams, "token");
  if (token !== null) return <ChooseNewPassword token={token} />;
  const { info, readKeptMails } = getServerBridge();
  return info.mails ? <RequestReset keepsMails={(await readKeptMails()) !== null} /> : <NoReset />;
}
