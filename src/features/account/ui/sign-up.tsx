"use client";
import { type FormEvent, useState } from "react";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { Field } from "#ui/input.tsx";
import { USER_NAME_MAX } from "../lengths.ts";
import { EntryLink } from "./entry-link.tsx";
import { EntryPage } from "./entry-page.tsx";
import { FormError } from "./form-error.tsx";
import { KeptMailsLink } from "./kept-mails-link.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { ProviderButtons, type SignInProvider } from "./provider-buttons.tsx";
import { refusalOf } from "./refusal.ts";
import { ResendMail } from "./resend-mail.tsx";
import { signInWithPassword } from "./sign-in.ts";

export interface SignUpPageProps {
  /** Where to go afterwards; a path of this app. */
  returnTo: string;
  /** Whether an address is confirmed by mail before the account begins. */
  mails: boolean;
  /** Development: mails are not sent but shown. */
  keepsMails: boolean;
  providers: readonly SignInProvider[];
}

export function SignUp({ returnTo, mails, keepsMails, providers }: SignUpPageProps) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [entering, setEntering] = useState(false);
  const signUp = trpc.account.signUp.useMutation({
    onSuccess: async ({ status }) => {
      if (status !== "created") return;
      setEntering(true);
      // It should be the right password; if signing in fails all the same, its own page says why.
      const refusal = await signInWithPassword({ email, password }).catch(() => "SignInUnavailable");
      window.location.assign(refusal === null ? returnTo : `/sign-in?error=${encodeURIComponent(refusal)}`);
    },
  });
  const { text, fields } = refusalOf(signUp.error);
  const busy = signUp.isPending || entering;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signUp.mutate({ name, email, password });
  };

  if (signUp.data?.status === "verificationSent")
    return <CheckMail email={email.trim()} keepsMails={keepsMails} onBack={() => signUp.reset()} />;
  return (
    <EntryPage
      title="Sign up"
      about={mails ? "You get a mail to confirm your address; then you can sign in." : "You can start at once; this server sends no mails."}
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="Name"
          name="name"
          autoComplete="name"
          required
          maxLength={USER_NAME_MAX}
          hint="What others see."
          value={name}
          error={fields.name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label="Email"
          type="email"
          name="email"
          autoComplete="username"
          required
          value={email}
          error={fields.email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <NewPasswordField label="Password" value={password} error={fields.password} onChange={(event) => setPassword(event.target.value)} />
        <FormError>{text}</FormError>
        <Button type="submit" look="ink" busy={busy}>
          {busy ? "Signing up" : "Sign up"}
        </Button>
      </form>
      <ProviderButtons providers={providers} returnTo={returnTo} />
      <p className="text-muted">
        You have an account?{" "}
        <EntryLink to="/sign-in" returnTo={returnTo}>
          Sign in
        </EntryLink>
      </p>
    </EntryPage>
  );
}

/** The same for everybody: whether the address had an account already stands in the mail only. */
function CheckMail({ email, keepsMails, onBack }: { email: string; keepsMails: boolean; onBack: () => void }) {
  return (
    <EntryPage title="Check your mail" takesFocus about={<MailSent email={email} />}>
      {keepsMails ? <KeptMailsLink /> : null}
      <ResendMail email={email} />
      <p className="text-muted">
        Wrong address?{" "}
        <button
          type="button"
          onClick={onBack}
          className="rounded-sm font-medium text-text underline decoration-line-strong underline-offset-3"
        >
          Change it
        </button>
      </p>
    </EntryPage>
  );
}

function MailSent({ email }: { email: string }) {
  return (
    <>
      A mail is on its way to <strong className="break-words font-medium text-text">{email}</strong>. Open the link in it within 24 hours to
      confirm the address; then you can sign in.
    </>
  );
}
