"use client";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { FormError } from "./form-error.tsx";
import { refusalOf } from "./refusal.ts";

/** Asks for the confirmation mail once more. */
export function ResendMail({ email }: { email: string }) {
  const resend = trpc.account.resendVerification.useMutation();
  return (
    <div className="flex flex-col items-start gap-2">
      <Button busy={resend.isPending} onClick={() => resend.mutate({ email })}>
        Send the mail again
      </Button>
      <p role="status" className="text-xs text-muted empty:hidden">
        {resend.isSuccess ? "Another mail is on its way, if one is needed." : null}
      </p>
      <FormError>{refusalOf(resend.error).text}</FormError>
    </div>
  );
}
