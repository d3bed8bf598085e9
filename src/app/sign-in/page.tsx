import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { demoAccounts } from "#features/account/ui/demo-accounts.ts";
import { localPath } from "#features/account/ui/local-path.ts";
import { SignInForm } from "#features/account/ui/sign-in-form.tsx";
import { getServerBridge } from "#server/next.ts";
import { Logo } from "#ui/logo.tsx";
import { readSession } from "../session.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ returnTo?: string | string[] }> }) {
  const returnTo = localPath((await searchParams).returnTo);
  if (await readSession()) redirect(returnTo);
  return (
    <main className="flex min-h-dvh items-center justify-center p-6">
      <div className="w-full max-w-88">
        <div className="mb-8 flex items-center gap-2 text-sm font-medium">
          <Logo />
          Heliograph
        </div>
        <h1 className="mb-6 text-title font-medium">Sign in</h1>
        <SignInForm returnTo={returnTo} demoAccounts={getServerBridge().info.development ? demoAccounts : []} />
      </div>
    </main>
  );
}
