import Link from "next/link";

/** Where mails are read when they are not sent. */
export function KeptMailsLink() {
  return (
    <p className="text-xs text-muted">
      Development only: mails are not sent.{" "}
      <Link href="/dev/mail" className="rounded-sm text-text underline underline-offset-3">
        Read them here
      </Link>
      .
    </p>
  );
}
