import type { Metadata } from "next";
import { Counter } from "#features/counter/ui/counter.tsx";
import { requireSession } from "../../session.ts";
import { AppTopBar } from "../app-top-bar.tsx";

export const metadata: Metadata = { title: "Counter" };

export default async function CounterPage() {
  await requireSession("/counter");
  return (
    <>
      <AppTopBar>
        <span className="truncate text-sm font-medium">Counter</span>
      </AppTopBar>
      <main className="min-h-0 flex-1 overflow-y-auto scroll-quiet">
        <div className="mx-auto flex max-w-5xl flex-col gap-6 px-4 py-6 md:px-8 md:py-10">
          <div>
            <h1 className="text-title font-medium">Counter</h1>
            <p className="mt-1 text-muted">One number for everybody: press, and every page that is open shows it.</p>
          </div>
          <Counter counterId="shared" />
        </div>
      </main>
    </>
  );
}
