"use client";
import { Mail } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { Fragment, useEffect } from "react";
import { EmptyState } from "#ui/empty-state.tsx";
import { RelativeTime } from "#ui/relative-time.tsx";

const LOOK_AGAIN_MS = 2_000;
const LINK = /(https?:\/\/\S+)/;

export interface ShownMail {
  readonly id: number;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly createdAt: Date;
}

/** Development: what would have been sent, the newest first; new ones appear by themselves. */
export function KeptMails({ mails }: { mails: readonly ShownMail[] }) {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && router.refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [router]);
  if (mails.length === 0)
    return (
      <EmptyState icon={<Mail />} title="No mails yet">
        Sign up, or ask for a new password: what would have been sent stands here.
      </EmptyState>
    );
  return (
    <ul aria-label="Mails" className="flex flex-col gap-3">
      {mails.map(({ id, to, subject, text, createdAt }) => (
        <li key={id} className="rounded-md border border-line bg-raised">
          <div className="flex flex-wrap items-baseline justify-between gap-x-4 border-b border-line px-4 py-2">
            <h2 className="text-sm font-medium">{subject}</h2>
            <p className="min-w-0 break-words text-xs text-muted">
              to {to}, <RelativeTime at={createdAt} />
            </p>
          </div>
          <pre className="whitespace-pre-wrap break-words px-4 py-3 font-sans">
            {text.split(LINK).map((part, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, never reordered
              <Fragment key={index}>{LINK.test(part) ? <MailLink url={part} /> : part}</Fragment>
            ))}
          </pre>
        </li>
      ))}
    </ul>
  );
}

/** Whatever address mails are made with, here their links lead to the server that one reads them on. */
function MailLink({ url }: { url: string }) {
  const { pathname, search } = new URL(url);
  return (
    <Link href={pathname + search} prefetch={false} className="rounded-sm underline decoration-line-strong underline-offset-3 break-all">
      {url}
    </Link>
  );
}
