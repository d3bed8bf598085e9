"use client";
import Link from "next/link";
import { type FormEvent, useState } from "react";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { Field } from "#ui/input.tsx";
import { EntryLink } from "./entry-link.tsx";
import { EntryPage } from "./entry-page.tsx";
import { FormError } from "./form-error.tsx";
import { detailOf, refusalOf } from "./refusal.ts";
import { SignInForm } from "./sign-in-form.tsx";

/**
 * Where the link of a confirmation mail leads. It confirms by the password and not by being opened: programs that look into mails open
 * links too, and people follow links that somebody else's sign-up with their address has sent them.
 */
export function Verify({ token, signedIn }: { token: string | null; signedIn: boolean }) {
  const verify = trpc.account.verifyEmail.useMutation();
  const [password, setPassword] = useState("");
  if (token === null || detailOf(verify.error, "link") === "over")
    return (
      <EntryPage
        title="This link does not work"
        takesFocus={token !== null}
        about="It was used already, or it is older than 24 hours. If you have confirmed the address, you can sign in."
      >
        <p className="text-muted">
          Go and <EntryLink to="/sign-in">sign in</EntryLink>, or <EntryLink to="/sign-up">sign up again</EntryLink>.
        </p>
      </EntryPage>
    );
  if (verify.data) return <Confirmed email={verify.data.email} password={password} signedIn={signedIn} />;
  const wrong = detailOf(verify.error, "confirm") === "password";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    verify.mutate({ token, password });
  };
  return (
    <EntryPage title="Confirm your address" about="You came here from a mail. Confirm that you read its address, and that you signed up.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          hint="The one you signed up with."
          error={wrong ? verify.error?.message : undefined}
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormError>{wrong ? null : refusalOf(verify.error).text}</FormError>
        <Button type="submit" look="ink" busy={verify.isPending}>
          {verify.isPending ? "Confirming" : "Confirm my address"}
        </Button>
      </form>
    </EntryPage>
  );
}

function Confirmed({ email, password, signedIn }: { email: string; password: string; signedIn: boolean }) {
  const address = <strong className="break-words font-medium text-text">{email}</strong>;
  return signedIn ? (
    <EntryPage title="Address confirmed" takesFocus about={<>{address} is confirmed.</>}>
      <Link href="/" className={buttonClass("ink")}>
        Go on
      </Link>
    </EntryPage>
  ) : (
    <EntryPage title="Address confirmed" takesFocus about={<>{address} is confirmed. Sign in to begin.</>}>
      <SignInForm returnTo="/" initialEmail={email} initialPassword={password} mails />
    </EntryPage>
  );
}
