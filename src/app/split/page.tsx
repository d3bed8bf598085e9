import { ArrowLeft } from "lucide-react";
import type { Metadata } from "next";
import Link from "next/link";
import { localPath } from "#features/account/ui/local-path.ts";
import { SplitView } from "#features/system/ui/split-view.tsx";
import { buttonClass } from "#ui/button-class.ts";
import { Logo } from "#ui/logo.tsx";
import { TopBar } from "#ui/top-bar.tsx";
import { requireSession } from "../session.ts";

export const metadata: Metadata = { title: "Split view" };

export default async function SplitPage({ searchParams }: { searchParams: Promise<{ path?: string | string[] }> }) {
  const path = localPath((await searchParams).path);
  await requireSession(`/split?path=${encodeURIComponent(path)}`);
  return (
    <div className="flex h-dvh flex-col">
      <TopBar
        actions={
          <Link href={path} className={buttonClass("quiet", "small")}>
            <ArrowLeft />
            Leave
          </Link>
        }
      >
        <Logo />
        <h1 className="text-sm font-medium">Split view</h1>
        <p className="truncate text-xs text-muted max-md:hidden">
          Cut one client, change something in the other, then connect it again: it shows the same.
        </p>
      </TopBar>
      <main className="flex min-h-0 flex-1 flex-col">
        <SplitView path={path} />
      </main>
    </div>
  );
}
