"use client";
import { type FormEvent, useState } from "react";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { Field } from "#ui/input.tsx";
import { EntryLink } from "./entry-link.tsx";
import { EntryPage } from "./entry-page.tsx";
import { FormError } from "./form-error.tsx";
import { KeptMailsLink } from "./kept-mails-link.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { detailOf, refusalOf } from "./refusal.ts";
import { SignInForm } from "./sign-in-form.tsx";

/** Asks for the mail with which a forgotten password is replaced. */
export function RequestReset({ keepsMails }: { keepsMails: boolean }) {
  const [email, setEmail] = useState("");
  const request = trpc.account.requestReset.useMutation();
  const { text, fields } = refusalOf(request.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    request.mutate({ email });
  };

  if (request.isSuccess)
    return (
      <EntryPage
        title="Check your mail"
        takesFocus
        about={
          <>
            If <strong className="break-words font-medium text-text">{email.trim()}</strong> has an account, a mail is on its way to it. The
            link in it works for one hour.
          </>
        }
      >
        {keepsMails ? <KeptMailsLink /> : null}
        <div>
          <Button onClick={() => request.reset()}>Ask again</Button>
        </div>
      </EntryPage>
    );
  return (
    <EntryPage title="Forgot your password" about="You get a mail with a link to choose a new one.">
      <form onSubmit={submit} className="flex flex-col gap-4">
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
        <FormError>{text}</FormError>
        <Button type="submit" look="ink" busy={request.isPending}>
          {request.isPending ? "Asking" : "Send the mail"}
        </Button>
      </form>
      <p className="text-muted">
        You remember it? <EntryLink to="/sign-in">Sign in</EntryLink>
      </p>
    </EntryPage>
  );
}

/** Where the link of that mail leads. */
export function ChooseNewPassword({ token }: { token: string }) {
  const [password, setPassword] = useState("");
  const reset = trpc.account.reset.useMutation();
  const { text, fields } = refusalOf(reset.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    reset.mutate({ token, password });
  };

  if (detailOf(reset.error, "link") === "over")
    return (
      <EntryPage
        title="This link does not work"
        takesFocus
        about="It was used already, or it is older than one hour. The password stays as it is."
      >
        <p className="text-muted">
          <EntryLink to="/reset">Ask for another one</EntryLink>
        </p>
      </EntryPage>
    );
  if (reset.data)
    return (
      <EntryPage title="Password changed" takesFocus about="All devices were signed out. Sign in with the new password.">
        <SignInForm returnTo="/" initialEmail={reset.data.email} mails />
      </EntryPage>
    );
  return (
    <EntryPage title="Choose a new password" about="It signs you out on all devices.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <NewPasswordField
          label="New password"
          value={password}
          error={fields.password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <FormError>{text}</FormError>
        <Button type="submit" look="ink" busy={reset.isPending}>
          {reset.isPending ? "Changing" : "Change the password"}
        </Button>
      </form>
    </EntryPage>
  );
}

/** Without mails nobody can prove who they are here. */
export function NoReset() {
  return (
    <EntryPage title="Forgot your password" about="This server sends no mails. Ask whoever runs it for a new password.">
      <p className="text-muted">
        You remember it? <EntryLink to="/sign-in">Sign in</EntryLink>
      </p>
    </EntryPage>
  );
}
