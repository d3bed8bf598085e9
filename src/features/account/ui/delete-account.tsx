"use client";
import { signOut } from "next-auth/react";
import { type FormEvent, useState } from "react";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { Field } from "#ui/input.tsx";
import { FormError } from "./form-error.tsx";
import { detailOf, refusalOf } from "./refusal.ts";

export interface DeleteAccountProps {
  email: string;
  hasPassword: boolean;
  /** What goes with the account, each in a few words. */
  goes: readonly string[];
}

/** Asks once, names what goes, and wants the password: a page that was left open is not enough. */
export function DeleteAccount({ email, hasPassword, goes }: DeleteAccountProps) {
  const [open, setOpen] = useState(false);
  return (
    <div>
      <Button look="danger" onClick={() => setOpen(true)}>
        Delete the account
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={`Delete the account of ${email}`} className="w-[min(440px,calc(100vw-32px))]">
        <DeleteForm hasPassword={hasPassword} goes={goes} onKeep={() => setOpen(false)} />
      </Dialog>
    </div>
  );
}

function DeleteForm({ hasPassword, goes, onKeep }: Omit<DeleteAccountProps, "email"> & { onKeep: () => void }) {
  const [password, setPassword] = useState("");
  // Leaves the page: all that it shows belonged to the account.
  const remove = trpc.account.deleteAccount.useMutation({ onSuccess: () => signOut({ callbackUrl: "/sign-in" }) });
  const { text, fields } = refusalOf(remove.error);
  const wrongPassword = detailOf(remove.error, "confirm") === "password";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    remove.mutate(hasPassword ? { password } : {});
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 p-4">
      <div>
        <p>This cannot be undone. These go with it:</p>
        <ul className="mt-1 list-disc pl-5 text-muted">
          {goes.map((thing) => (
            <li key={thing}>{thing}</li>
          ))}
        </ul>
      </div>
      {hasPassword ? (
        <Field
          label="Your password"
          type="password"
          name="password"
          autoComplete="current-password"
          required
          value={password}
          error={wrongPassword ? text : fields.password}
          onChange={(event) => setPassword(event.target.value)}
        />
      ) : null}
      {wrongPassword ? null : <FormError>{text}</FormError>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onKeep}>Keep it</Button>
        <Button type="submit" look="danger" busy={remove.isPending || remove.isSuccess}>
          Delete the account
        </Button>
      </div>
    </form>
  );
}
