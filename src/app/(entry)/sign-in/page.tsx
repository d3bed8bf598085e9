import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { demoAccounts } from "#features/account/ui/demo-accounts.ts";
import { EntryLink } from "#features/account/ui/entry-link.tsx";
import { EntryPage } from "#features/account/ui/entry-page.tsx";
import { localPath } from "#features/account/ui/local-path.ts";
import { ProviderButtons } from "#features/account/ui/provider-buttons.tsx";
import { SignInForm } from "#features/account/ui/sign-in-form.tsx";
import { getServerBridge } from "#server/next.ts";
import { readSession } from "../../session.ts";
import { oneParam, type SearchParams } from "../params.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: SearchParams }) {
  // next-auth calls its own way back `callbackUrl`: a provider that refused leads here with it.
  const returnTo = localPath((await oneParam(searchParams, "returnTo")) ?? (await oneParam(searchParams, "callbackUrl")) ?? undefined);
  if (await readSession()) redirect(returnTo);
  const { mails, providers, development } = getServerBridge().info;
  return (
    <EntryPage title="Sign in">
      <SignInForm
        returnTo={returnTo}
        initialError={await oneParam(searchParams, "error")}
        mails={mails}
        demoAccounts={development ? demoAccounts : []}
      >
        {mails ? (
          <p className="-mt-2 text-xs">
            <EntryLink to="/reset">Forgot your password</EntryLink>
          </p>
        ) : null}
      </SignInForm>
      <ProviderButtons providers={providers} returnTo={returnTo} />
      <p className="text-muted">
        No account yet?{" "}
        <EntryLink to="/sign-up" returnTo={returnTo}>
          Sign up
        </EntryLink>
      </p>
    </EntryPage>
  );
}
