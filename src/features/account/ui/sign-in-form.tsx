"use client";
import { signIn } from "next-auth/react";
import { type FormEvent, useState } from "react";
import { Button } from "#ui/button.tsx";
import { Field } from "#ui/input.tsx";

export interface DemoAccount {
  readonly email: string;
  readonly password: string;
}

export interface SignInFormProps {
  /** Where to go afterwards; a path of this app. */
  returnTo: string;
  /** Offered with one click; empty outside development. */
  demoAccounts: readonly DemoAccount[];
}

export function SignInForm({ returnTo, demoAccounts }: SignInFormProps) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busyWith, setBusyWith] = useState<string | null>(null);

  const enter = async (account: DemoAccount) => {
    setBusyWith(account.email);
    setError(null);
    const refusal = await attempt(account);
    if (refusal === null)
      window.location.assign(returnTo); // a whole load: everything after it belongs to this account
    else {
      setError(refusal);
      setBusyWith(null);
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter({ email: email.trim(), password });
  };

  return (
    <div className="flex flex-col gap-6">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {error ? (
          <p role="alert" className="text-xs text-failed">
            {error}
          </p>
        ) : null}
        <Button type="submit" look="ink" busy={busyWith !== null}>
          {busyWith !== null ? "Signing in" : "Sign in"}
        </Button>
      </form>
      {demoAccounts.length > 0 ? (
        <section aria-label="Demo accounts" className="flex flex-col gap-2 border-t border-line pt-4">
          <p className="text-xs text-muted">Development only: sign in as one of the demo accounts.</p>
          <div className="grid gap-2 sm:grid-cols-2">
            {demoAccounts.map((account) => (
              <Button key={account.email} disabled={busyWith !== null} onClick={() => void enter(account)}>
                {account.email}
              </Button>
            ))}
          </div>
        </section>
      ) : null}
    </div>
  );
}

/** Tries to sign in. Null when it worked, otherwise why not. */
async function attempt({ email, password }: DemoAccount): Promise<string | null> {
  try {
    const result = await signIn("credentials", { email, password, redirect: false });
    if (result?.ok) return null;
    const [reason, seconds] = (result?.error ?? "").split(":");
    if (reason === "TooManyAttempts") return `Too many attempts. Try again in ${seconds ?? "60"} seconds.`;
    return "This email and password do not go together.";
  } catch {
    return "The server did not answer. Nothing was changed; try again.";
  }
}
