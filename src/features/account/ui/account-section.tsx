import { type ReactNode, useId } from "react";

/** One part of the account page: what it is at the left, the thing itself at the right; one above the other on narrow screens. */
export function AccountSection({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="grid gap-x-8 gap-y-4 border-t border-line py-6 md:grid-cols-[14rem_1fr]">
      <div>
        <h2 id={id} className="text-sm font-medium">
          {title}
        </h2>
        {about ? <p className="mt-1 text-muted">{about}</p> : null}
      </div>
      <div className="flex min-w-0 max-w-112 flex-col gap-4">{children}</div>
    </section>
  );
}
