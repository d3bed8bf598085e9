"use client";
import { createContext, type ReactNode, useContext } from "react";

export interface CurrentUser {
  readonly name: string;
  readonly email: string;
  /** The name of their colour. */
  readonly color: string;
}

const CurrentUserContext = createContext<CurrentUser | null>(null);

export function CurrentUserProvider({ user, children }: { user: CurrentUser; children: ReactNode }) {
  return <CurrentUserContext value={user}>{children}</CurrentUserContext>;
}

/** Who is signed in on this page. */
export function useCurrentUser(): CurrentUser {
  const user = useContext(CurrentUserContext);
  if (!user) throw new Error("useCurrentUser needs a <CurrentUserProvider> around it.");
  return user;
}
