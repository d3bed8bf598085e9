"use client";
import { Workflow } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import { useCommands } from "#ui/command-registry.tsx";
import { cx } from "#ui/cx.ts";
import { useWorkflowList } from "./use-workflow-list.ts";

/** The workflows as places to go: in the side bar, and as commands. */
export function WorkflowNav({ hidden }: { hidden: boolean }) {
  const pathname = usePathname();
  const router = useRouter();
  const { items = [] } = useWorkflowList();
  useCommands(
    items.map((item) => ({
      id: `open-${item.id}`,
      title: `Open ${item.name}`,
      group: "Go to",
      icon: Workflow,
      run: () => router.push(`/workflows/${item.id}`),
    })),
  );
  if (hidden) return null;
  return (
    <ul className="ml-4 max-h-[40dvh] shrink-0 overflow-y-auto border-l border-line pl-2 scroll-quiet">
      {items.map((item) => {
        const href = `/workflows/${item.id}`;
        return (
          <li key={item.id}>
            <Link
              href={href}
              title={item.name}
              aria-current={pathname === href ? "page" : undefined}
              className={cx(
                "block truncate rounded-md px-2 py-1 text-muted hover:bg-hover hover:text-text",
                pathname === href && "bg-active text-text",
              )}
            >
              {item.name}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
