"use client";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { ErrorState } from "#ui/error-state.tsx";
import { LoadingRegion } from "#ui/loading-region.tsx";
import { Skeleton } from "#ui/skeleton.tsx";
import { AccountSection } from "./account-section.tsx";
import { Address } from "./address.tsx";
import { ChangePassword } from "./change-password.tsx";
import { DeleteAccount } from "./delete-account.tsx";
import { Devices } from "./devices.tsx";
import { Profile } from "./profile.tsx";
import { refusalOf } from "./refusal.ts";

export interface AccountSettingsProps {
  /** Whether this server sends mails. */
  mails: boolean;
  /** What goes when the account is deleted. */
  goes: readonly string[];
}

/** Everything one may do with one's own account. */
export function AccountSettings({ mails, goes }: AccountSettingsProps) {
  const me = trpc.account.me.useQuery();
  if (me.isError && !me.data)
    return (
      <ErrorState title="Your account cannot be read" action={<Button onClick={() => void me.refetch()}>Try again</Button>}>
        Nothing was changed. {refusalOf(me.error).text}
      </ErrorState>
    );
  if (!me.data) return <SettingsSkeleton />;
  const { email, emailVerified, hasPassword } = me.data;
  return (
    <div>
      <AccountSection title="Profile" about="What others see of you.">
        <Profile me={me.data} />
      </AccountSection>
      <AccountSection title="Email" about="You sign in with it. Owners of what is shared with you see it.">
        <Address email={email} confirmed={emailVerified} mails={mails} />
      </AccountSection>
      <AccountSection title="Password" about="A new one signs all other devices out.">
        <ChangePassword email={email} hasPassword={hasPassword} />
      </AccountSection>
      <AccountSection title="Devices" about="Where you are signed in. A device that is signed out notices within two seconds.">
        <Devices />
      </AccountSection>
      <AccountSection title="Delete" about="The account and what is yours alone.">
        <DeleteAccount email={email} hasPassword={hasPassword} goes={goes} />
      </AccountSection>
    </div>
  );
}

function SettingsSkeleton() {
  return (
    <LoadingRegion label="Loading your account">
      {["profile", "email", "password", "devices"].map((part) => (
        <div key={part} className="grid gap-x-8 gap-y-4 border-t border-line py-6 md:grid-cols-[14rem_1fr]">
          <Skeleton className="h-4 w-24" />
          <div className="flex max-w-112 flex-col gap-3">
            <Skeleton className="h-8 w-full" />
            <Skeleton className="h-8 w-2/3" />
          </div>
        </div>
      ))}
    </LoadingRegion>
  );
}
