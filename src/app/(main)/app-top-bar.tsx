"use client";
import { Search } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { useSignInAgain } from "#features/account/ui/signed-out.tsx";
import { UserMenu } from "#features/account/ui/user-menu.tsx";
import { ConnectionPill } from "#features/system/ui/connection-pill.tsx";
import { Button } from "#ui/button.tsx";
import { useCommandCenter } from "#ui/command-center.tsx";
import { KeyCombination } from "#ui/key-combination.tsx";
import { Logo } from "#ui/logo.tsx";
import { ThemeSwitch } from "#ui/theme.tsx";
import { TopBar } from "#ui/top-bar.tsx";

export interface AppTopBarProps {
  /** Where we are. */
  children: ReactNode;
  /** Who else is here. */
  people?: ReactNode;
  /** What can be done here. */
  actions?: ReactNode;
  /** Narrow screens have no room for the logo; the bottom bar leads home, too. */
  crowded?: boolean;
}

/** The bar above a page. */
export function AppTopBar({ children, people, actions, crowded = false }: AppTopBarProps) {
  const { openPalette } = useCommandCenter();
  const signInAgain = useSignInAgain();
  return (
    <TopBar
      actions={
        <>
          {people}
          <ConnectionPill onSignIn={signInAgain} />
          {actions}
          <Button look="quiet" size="small" onClick={openPalette} className="max-md:hidden">
            <Search />
            <span className="sr-only">Commands</span>
            <span className="max-lg:hidden">
              <KeyCombination keys="mod+k" />
            </span>
          </Button>
          <UserMenu>
            <div className="p-1">
              <ThemeSwitch />
            </div>
          </UserMenu>
        </>
      }
    >
      {crowded ? null : (
        <Link href="/" aria-label="Heliograph" className="md:hidden">
          <Logo />
        </Link>
      )}
      {children}
    </TopBar>
  );
}
