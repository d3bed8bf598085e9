"use client";
import { LogOut, UserRound } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { signOut } from "next-auth/react";
import type { ReactNode } from "react";
import { Avatar } from "#ui/avatar.tsx";
import { Button } from "#ui/button.tsx";
import { useCommands } from "#ui/command-registry.tsx";
import { Menu, MenuItem, MenuLink, MenuNote, MenuSeparator } from "#ui/menu.tsx";
import { useCurrentUser } from "./current-user.tsx";

/** Who is signed in, and what concerns them alone. `children` stand before signing out. */
export function UserMenu({ children }: { children?: ReactNode }) {
  const { name, email, color } = useCurrentUser();
  const router = useRouter();
  const leave = () => void signOut({ callbackUrl: "/sign-in" });
  useCommands([
    { id: "account", title: "Your account", group: "Account", icon: UserRound, run: () => router.push("/account") },
    { id: "sign-out", title: "Sign out", group: "Account", icon: LogOut, run: leave },
  ]);
  return (
    <Menu
      trigger={
        <Button look="quiet" size="icon">
          <Avatar name={name} color={color} />
          <span className="sr-only">Account of {name}</span>
        </Button>
      }
    >
      <MenuNote>
        <span className="block font-medium text-text">{name}</span>
        {email}
      </MenuNote>
      <MenuSeparator />
      <MenuLink link={<Link href="/account" />}>
        <UserRound />
        Your account
      </MenuLink>
      {children}
      <MenuSeparator />
      <MenuItem onSelect={leave}>
        <LogOut />
        Sign out
      </MenuItem>
    </Menu>
  );
}
