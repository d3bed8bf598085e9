"use client";
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "#ui/button.tsx";
import { Field } from "#ui/input.tsx";
import { FormError } from "./form-error.tsx";
import { type Credentials, signInWithPassword } from "./sign-in.ts";
import { signInWords } from "./sign-in-words.ts";

export interface SignInFormProps {
  /** Where to go afterwards; a path of this app. Unused with `onSignedIn`. */
  returnTo: string;
  /** What to do instead of going there: null when all is well, otherwise why it is not. */
  onSignedIn?: () => Promise<string | null>;
  initialEmail?: string;
  /** What was just typed into another form. */
  initialPassword?: string;
  /** The word for why the last way in, with a provider, did not lead here. */
  initialError?: string | null;
  /** False: addresses are not confirmed here. */
  mails: boolean;
  /** Stands between the password and the button. */
  children?: ReactNode;
  /** Offered with one click; empty outside development. */
  demoAccounts?: readonly Credentials[];
}

export function SignInForm(props: SignInFormProps) {
  const { returnTo, onSignedIn, initialEmail = "", initialPassword = "", initialError = null, mails, children, demoAccounts = [] } = props;
  const [email, setEmail] = useState(initialEmail);
  const [password, setPassword] = useState(initialPassword);
  const [error, setError] = useState(initialError === null ? null : signInWords(initialError, mails));
  const [busy, setBusy] = useState(false);

  const enter = async (account: Credentials) => {
    setBusy(true);
    setError(null);
    const refusal = await attempt(account);
    if (refusal !== null) {
      setError(refusal);
      setBusy(false);
    } else if (!onSignedIn) window.location.assign(returnTo); // a whole load: everything after it belongs to this account
  };
  const attempt = async (account: Credentials): Promise<string | null> => {
    try {
      const word = await signInWithPassword(account);
      if (word !== null) return signInWords(word, mails);
      return onSignedIn ? await onSignedIn() : null;
    } catch {
      return "The server did not answer. Nothing was changed; try again.";
    }
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void enter({ email, password });
  };

  return (
    <>
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
        {children}
        <FormError>{error}</FormError>
        <Button type="submit" look="ink" busy={busy}>
          {busy ? "Signing in" : "Sign in"}
        </Button>
      </form>
      {demoAccounts.length > 0 ? (
        <section aria-label="Demo accounts" className="flex flex-col gap-2 border-t border-line pt-4">
          <p className="text-xs text-muted">Development only: accounts to try it with.</p>
          <div className="grid gap-2 sm:grid-cols-2">
            {demoAccounts.map((account) => (
              <Button key={account.email} disabled={busy} onClick={() => void enter(account)}>
                {account.email}
              </Button>
            ))}
          </div>
        </section>
      ) : null}
    </>
  );
}
