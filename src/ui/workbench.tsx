"use client";
/**
 * A page whose subject fills it: the subject, a panel beside it (while there is something to show) and a dock below, all resizable
 * and remembered by this browser.
 * On narrow screens there is one column: the subject above, the dock below it.
 */
import { type ReactNode, useSyncExternalStore } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import { cx } from "./cx.ts";
import { useMediaQuery } from "./use-media-query.ts";

export const wideScreen = "(min-width: 64rem)";

const bar = "relative shrink-0 bg-line transition-colors data-[separator=hover]:bg-line-strong data-[separator=active]:bg-amber";
// A wider target than the hairline that is seen.
const grip = "after:absolute after:z-10 after:content-['']";

const never = () => () => {};

export function Workbench({ main, side, dock }: { main: ReactNode; side: ReactNode | null; dock: ReactNode }) {
  const wide = useMediaQuery(wideScreen);
  // The server has no storage to remember a layout in, so the panels exist in the browser alone. Until then all stands where it will
  // stand when nothing was moved.
  const inBrowser = useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
  if (inBrowser && wide) return <Panels main={main} side={side} dock={dock} />;
  return (
    <div className="flex size-full flex-col">
      <div className="min-h-52 border-b border-line max-lg:h-[38%] max-lg:shrink-0 lg:flex-1">{main}</div>
      <div className="min-h-0 max-lg:flex-1 lg:h-77.5 lg:shrink-0">{dock}</div>
    </div>
  );
}

function Panels({ main, side, dock }: { main: ReactNode; side: ReactNode | null; dock: ReactNode }) {
  const rows = useDefaultLayout({ id: "workbench-rows", storage: localStorage });
  const columns = useDefaultLayout({ id: "workbench-columns", panelIds: side ? ["main", "side"] : ["main"], storage: localStorage });
  return (
    <Group orientation="vertical" defaultLayout={rows.defaultLayout} onLayoutChanged={rows.onLayoutChanged} className="size-full">
      <Panel id="top" minSize="30%">
        <Group
          orientation="horizontal"
          defaultLayout={columns.defaultLayout}
          onLayoutChanged={columns.onLayoutChanged}
          className="size-full"
        >
          <Panel id="main" minSize="40%">
            {main}
          </Panel>
          {side ? (
            <>
              <Separator aria-label="Resize the inspector" className={cx(bar, grip, "w-px after:inset-y-0 after:-inset-x-1")} />
              <Panel id="side" defaultSize={300} minSize={220} maxSize="45%">
                {side}
              </Panel>
            </>
          ) : null}
        </Group>
      </Panel>
      <Separator aria-label="Resize the dock" className={cx(bar, grip, "h-px after:inset-x-0 after:-inset-y-1")} />
      <Panel id="dock" defaultSize={310} minSize={120}>
        {dock}
      </Panel>
    </Group>
  );
}
