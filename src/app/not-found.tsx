import { MapPinOff } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { buttonClass } from "#ui/button-class.ts";
import { EmptyState } from "#ui/empty-state.tsx";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="flex min-h-dvh items-center justify-center">
      <EmptyState
        icon={<MapPinOff />}
        title="There is nothing at this address"
        action={
          <Link href="/" className={buttonClass()}>
            Go to the start
          </Link>
        }
      >
        The link may be old, or what it led to was deleted.
      </EmptyState>
    </main>
  );
}
