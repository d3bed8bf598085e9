"use client";
import { type FormEvent, useState } from "react";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { formatItems } from "#ui/format.ts";
import { Field } from "#ui/input.tsx";
import { FormError } from "./form-error.tsx";
import { NewPasswordField } from "./new-password-field.tsx";
import { detailOf, refusalOf } from "./refusal.ts";

export function ChangePassword({ email, hasPassword }: { email: string; hasPassword: boolean }) {
  const utils = trpc.useUtils();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = trpc.account.changePassword.useMutation({
    onSuccess: async () => {
      setCurrent("");
      setPassword("");
      await utils.account.invalidate();
    },
  });
  const { text, fields } = refusalOf(change.error);
  const wrongCurrent = detailOf(change.error, "confirm") === "password";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(hasPassword ? { current, password } : { password });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {/* For password managers: whose password this is. */}
      <input type="hidden" name="username" autoComplete="username" value={email} />
      {hasPassword ? (
        <Field
          label="Current password"
          type="password"
          name="current-password"
          autoComplete="current-password"
          required
          value={current}
          error={wrongCurrent ? text : fields.current}
          onChange={(event) => setCurrent(event.target.value)}
        />
      ) : (
        <p className="text-muted">You sign in with another account and have no password here yet.</p>
      )}
      <NewPasswordField
        label="New password"
        value={password}
        error={fields.password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {wrongCurrent ? null : <FormError>{text}</FormError>}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" busy={change.isPending}>
          {hasPassword ? "Change the password" : "Set a password"}
        </Button>
        <span role="status" className="text-xs text-muted">
          {change.data ? `Changed. ${endedWords(change.data.ended)}` : null}
        </span>
      </div>
    </form>
  );
}

function endedWords(ended: number): string {
  if (ended === 0) return "No other device was signed in.";
  return `${formatItems(ended, "other device")} ${ended === 1 ? "was" : "were"} signed out.`;
}
