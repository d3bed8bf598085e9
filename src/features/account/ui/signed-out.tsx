"use client";
/**
 * A page whose session is over stays as it is: it says why, keeps what was not sent for copying, and goes on from its place when
 * its owner signs in again, without loading anything anew.
 */
import { Copy, LogIn } from "lucide-react";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { toast } from "sonner";
import { useConnection } from "#client/connection.ts";
import { useUnsentWork } from "#client/use-unsent-work.ts";
import { Button } from "#ui/button.tsx";
import { Dialog } from "#ui/dialog.tsx";
import { formatItems } from "#ui/format.ts";
import { useCurrentUser } from "./current-user.tsx";
import { ProviderButtons, type SignInProvider } from "./provider-buttons.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import { signedOutWords } from "./signed-out-words.ts";

const OpenContext = createContext<(() => void) | null>(null);

export interface SignInAgainProps {
  mails: boolean;
  providers: readonly SignInProvider[];
  children: ReactNode;
}

/** Lets its children ask for signing in again on the page they are on. */
export function SignInAgain({ mails, providers, children }: SignInAgainProps) {
  const { state, resume } = useConnection();
  const { email } = useCurrentUser();
  const [open, setOpen] = useState(false);
  const goOn = async (): Promise<string | null> => {
    const phase = await resume();
    if (phase === "otherUser") window.location.reload(); // what is shown here is not theirs
    return phase === "signedIn" || phase === "otherUser" ? null : "You are signed in, but the server did not say so yet. Try again.";
  };
  const lives = state !== "signedOut";
  useEffect(() => {
    if (lives) setOpen(false);
  }, [lives]);
  return (
    <OpenContext value={useMemo(() => () => setOpen(true), [])}>
      {children}
      <Dialog open={open} onOpenChange={setOpen} title="Sign in to go on" className="w-[min(400px,calc(100vw-32px))]">
        <div className="flex flex-col gap-4 p-4">
          <SignInForm returnTo="/" onSignedIn={goOn} initialEmail={email} mails={mails} />
          {open ? <ProviderButtons providers={providers} returnTo={window.location.pathname + window.location.search} /> : null}
        </div>
      </Dialog>
    </OpenContext>
  );
}

/** Opens the form to sign in again. */
export function useSignInAgain(): () => void {
  const open = useContext(OpenContext);
  if (!open) throw new Error("useSignInAgain needs a <SignInAgain> around it.");
  return open;
}

/** Stands above a page whose session is over. Nothing while it lives. */
export function SignedOutNotice() {
  const { signedOut } = useConnection();
  const signInAgain = useSignInAgain();
  if (!signedOut) return null;
  const { title, meaning } = signedOutWords(signedOut);
  return (
    <section
      aria-label="Signed out"
      className="flex shrink-0 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line bg-failed-soft px-4 py-2"
    >
      <p role="alert">
        <span className="font-medium">{title}</span> {meaning}
      </p>
      <div className="flex flex-wrap gap-2">
        <CopyUnsent />
        {signedOut.otherUser ? (
          <Button size="small" look="ink" onClick={() => window.location.reload()}>
            Load the page again
          </Button>
        ) : (
          <Button size="small" look="ink" onClick={signInAgain}>
            <LogIn />
            Sign in
          </Button>
        )}
      </div>
    </section>
  );
}

function CopyUnsent() {
  const { items, text } = useUnsentWork();
  if (items.length === 0) return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast("Copied what was not sent.", { id: "unsent" }),
      () => toast("The browser did not let it be copied.", { id: "unsent" }),
    );
  return (
    <Button size="small" onClick={() => void copy()}>
      <Copy />
      Copy {formatItems(items.length, "change")} not sent
    </Button>
  );
}
