"use client";
import { CircleAlert, CircleCheck } from "lucide-react";
import { ResendMail } from "./resend-mail.tsx";

export interface AddressProps {
  email: string;
  confirmed: boolean;
  /** False: this server sends no mails, so nothing can be done about it. */
  mails: boolean;
}

/** The account's address, and whether it is known to be its owner's. */
export function Address({ email, confirmed, mails }: AddressProps) {
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <span className="min-w-0 break-words">{email}</span>
        <span className="flex items-center gap-1.5 text-xs text-muted [&_svg]:size-4 [&_svg]:stroke-[1.5]">
          {confirmed ? <CircleCheck className="text-success" /> : <CircleAlert className="text-waiting" />}
          {confirmed ? "Confirmed" : "Not confirmed"}
        </span>
      </div>
      {confirmed ? null : mails ? (
        <>
          <p className="text-muted">Invitations to this address reach you once it is confirmed: open the link in the mail.</p>
          <ResendMail email={email} />
        </>
      ) : (
        <p className="text-muted">This server sends no mails, so addresses cannot be confirmed.</p>
      )}
    </>
  );
}
