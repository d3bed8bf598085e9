"use client";
import { type ReactNode, useEffect, useRef } from "react";
import { Logo } from "#ui/logo.tsx";

export interface EntryPageProps {
  title: string;
  about?: ReactNode;
  /** It takes the place of another one without a load: whoever does not see that hears the new title. */
  takesFocus?: boolean;
  children?: ReactNode;
}

/** One of the pages on the way into the app: a title, and one thing to do. */
export function EntryPage({ title, about, takesFocus = false, children }: EntryPageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (takesFocus) heading.current?.focus();
  }, [takesFocus]);
  return (
    // Hung from above and not centred: a message that comes in pushes nothing up from under the pointer.
    <main className="flex min-h-dvh justify-center px-6 pt-[max(1.5rem,18vh)] pb-6">
      <div className="w-full max-w-88">
        <div className="mb-8 flex items-center gap-2 text-sm font-medium">
          <Logo />
          Heliograph
        </div>
        <h1 ref={heading} tabIndex={takesFocus ? -1 : undefined} className="text-title font-medium outline-none">
          {title}
        </h1>
        {about ? <p className="mt-1 text-muted">{about}</p> : null}
        <div className="mt-6 flex flex-col gap-6">{children}</div>
      </div>
    </main>
  );
}
