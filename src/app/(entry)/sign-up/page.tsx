import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { localPath } from "#features/account/ui/local-path.ts";
import { SignUp } from "#features/account/ui/sign-up.tsx";
import { getServerBridge } from "#server/next.ts";
import { readSession } from "../../session.ts";
import { oneParam, type SearchParams } from "../params.ts";

export const metadata: Metadata = { title: "Sign up" };

export default async function SignUpPage({ searchParams }: { searchParams: SearchParams }) {
  const returnTo = localPath((await oneParam(searchParams, "returnTo")) ?? undefined);
  if (await readSession()) redirect(returnTo);
  const { info, readKeptMails } = getServerBridge();
  return <SignUp returnTo={returnTo} mails={info.mails} keepsMails={(await readKeptMails()) !== null} providers={info.providers} />;
}
