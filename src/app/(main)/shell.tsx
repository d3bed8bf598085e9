"use client";
import { Columns2, Keyboard, Search } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { Fragment, type ReactNode } from "react";
import { isOfNow, useConnection } from "#client/connection.ts";
import { ClientProvider } from "#client/provider.tsx";
import { type CurrentUser, CurrentUserProvider } from "#features/account/ui/current-user.tsx";
import type { SignInProvider } from "#features/account/ui/provider-buttons.tsx";
import { SignedOutNotice, SignInAgain } from "#features/account/ui/signed-out.tsx";
import { SplitClient } from "#features/system/ui/split-client.tsx";
import { useEmbedded } from "#features/system/ui/use-embedded.ts";
import { CommandCenter, useCommandCenter } from "#ui/command-center.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { Frame } from "#ui/frame.tsx";
import { LostContext, useLostAt } from "#ui/live-now.ts";
import { Logo } from "#ui/logo.tsx";
import { BarItem, NavItem } from "#ui/nav-item.tsx";
import { places } from "./places.tsx";

interface ShellProps {
  userId: string;
  user: CurrentUser;
  /** Whether this server sends mails. */
  mails: boolean;
  /** With what one may sign in besides a password. */
  providers: readonly SignInProvider[];
  children: ReactNode;
}

/** Everything around a page: who is signed in, the connection, the commands, and the frame with its places to go. */
export function Shell({ userId, user, mails, providers, children }: ShellProps) {
  return (
    <CurrentUserProvider user={user}>
      <ClientProvider userId={userId}>
        <SignInAgain mails={mails} providers={providers}>
          <CommandCenter>
            <SplitClient />
            <GoToCommands />
            <AppFrame>
              <SignedOutNotice />
              {children}
            </AppFrame>
          </CommandCenter>
        </SignInAgain>
      </ClientProvider>
    </CurrentUserProvider>
  );
}

function AppFrame({ children }: { children: ReactNode }) {
  const embedded = useEmbedded();
  const { state } = useConnection();
  const lostAt = useLostAt(isOfNow(state));
  return (
    <LostContext value={lostAt}>
      <Frame bare={embedded} sidebar={(collapsed) => <Sidebar collapsed={collapsed} />} bottomBar={<BottomBar />}>
        {children}
      </Frame>
    </LostContext>
  );
}

function GoToCommands() {
  const router = useRouter();
  const split = useSplitHref();
  useCommands([
    ...places.map(({ href, label, icon, key }) => ({
      id: `go-${href}`,
      title: label,
      group: "Go to",
      icon,
      key,
      run: () => router.push(href),
    })),
    { id: "go-split", title: "Split view", group: "Go to", icon: Columns2, key: "s", run: () => router.push(split) },
  ]);
  return null;
}

function Sidebar({ collapsed }: { collapsed: boolean }) {
  const { openKeyMap } = useCommandCenter();
  const split = useSplitHref();
  return (
    <>
      <Link href="/" className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-3.5 text-sm font-medium -outline-offset-2">
        <Logo />
        {collapsed ? <span className="sr-only">Heliograph</span> : "Heliograph"}
      </Link>
      <div className="flex min-h-0 flex-col gap-0.5 overflow-y-auto p-2">
        {places.map(({ href, label, icon: Icon, Below }) => (
          <Fragment key={href}>
            <NavItem href={href} icon={<Icon />} label={label} collapsed={collapsed} />
            {Below ? <Below hidden={collapsed} /> : null}
          </Fragment>
        ))}
        <NavItem href={split} icon={<Columns2 />} label="Split view" collapsed={collapsed} />
        <NavItem icon={<Keyboard />} label="Shortcuts" collapsed={collapsed} onPress={openKeyMap} />
      </div>
    </>
  );
}

function BottomBar() {
  const { openPalette } = useCommandCenter();
  const split = useSplitHref();
  return (
    <>
      {places.map(({ href, label, icon: Icon }) => (
        <BarItem key={href} href={href} icon={<Icon />} label={label} />
      ))}
      <BarItem href={split} icon={<Columns2 />} label="Split view" />
      <BarItem icon={<Search />} label="Commands" onPress={openPalette} />
    </>
  );
}

/** The split view of the page one is on. */
function useSplitHref(): string {
  return `/split?path=${encodeURIComponent(usePathname())}`;
}
