"use client";
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";
import { useStoredFlag } from "./use-stored-flag.ts";

export interface FrameProps {
  /** The side bar; told whether it is collapsed to icons. */
  sidebar: (collapsed: boolean) => ReactNode;
  /** Takes the side bar's place on narrow screens. */
  bottomBar: ReactNode;
  /** Neither bar: the page stands inside another that has them. */
  bare?: boolean;
  children: ReactNode;
}

/** The app around a page: side bar on wide screens, bottom bar on narrow ones. The page fills the rest and scrolls by itself. */
export function Frame({ sidebar, bottomBar, bare = false, children }: FrameProps) {
  const [collapsed, setCollapsed] = useStoredFlag("sidebar-collapsed", false);
  return (
    <div className="flex h-dvh min-h-0 max-md:flex-col">
      <nav
        aria-label="Main"
        className={cx("hidden shrink-0 flex-col border-r border-line", !bare && "md:flex", collapsed ? "w-12" : "w-52")}
      >
        {sidebar(collapsed)}
        <div className={cx("mt-auto p-2", !collapsed && "flex justify-end")}>
          <Button
            look="quiet"
            size="icon"
            aria-label={collapsed ? "Expand the side bar" : "Collapse the side bar"}
            aria-expanded={!collapsed}
            onClick={() => setCollapsed(!collapsed)}
          >
            {collapsed ? <PanelLeftOpen /> : <PanelLeftClose />}
          </Button>
        </div>
      </nav>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">{children}</div>
      <nav aria-label="Main" className={cx("flex h-13 shrink-0 border-t border-line bg-raised md:hidden", bare && "hidden")}>
        {bottomBar}
      </nav>
    </div>
  );
}
