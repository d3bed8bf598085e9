"use client";
import { signIn } from "next-auth/react";
import { useState } from "react";
import { Button } from "#ui/button.tsx";

export interface SignInProvider {
  readonly id: string;
  readonly name: string;
}

/** Signing in with an account from elsewhere; nothing where none is configured. */
export function ProviderButtons({ providers, returnTo }: { providers: readonly SignInProvider[]; returnTo: string }) {
  const [leavingTo, setLeavingTo] = useState<string | null>(null);
  if (providers.length === 0) return null;
  const leave = (id: string) => {
    setLeavingTo(id);
    signIn(id, { callbackUrl: returnTo }).catch(() => setLeavingTo(null));
  };
  return (
    <section aria-label="Other ways" className="flex flex-col gap-2 border-t border-line pt-4">
      {providers.map(({ id, name }) => (
        <Button key={id} busy={leavingTo === id} disabled={leavingTo !== null} onClick={() => leave(id)}>
          Continue with {name}
        </Button>
      ))}
    </section>
  );
}
