"use client";
import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { Tooltip } from "./tooltip.tsx";

export interface PlaceProps {
  label: string;
  icon: ReactNode;
  /** Where it leads; without it, `onPress` is what it does. */
  href?: string;
  onPress?: () => void;
}

/** A place in the side bar; an icon with a tooltip when it is collapsed. */
export function NavItem({ collapsed, ...place }: PlaceProps & { collapsed: boolean }) {
  const item = (
    <Place
      {...place}
      className="flex h-8 pointer-coarse:h-10 w-full items-center gap-2 rounded-md px-2 text-left text-muted hover:bg-hover hover:text-text aria-[current=page]:bg-active aria-[current=page]:text-text"
      labelClass={cx("truncate", collapsed && "sr-only")}
    />
  );
  return collapsed ? (
    <Tooltip label={place.label} side="right">
      {item}
    </Tooltip>
  ) : (
    item
  );
}

/** A place in the bottom bar, marked on the pages below it, too: they have no items of their own there. */
export function BarItem(place: PlaceProps) {
  return (
    <Place
      {...place}
      marksBelow
      className="flex flex-1 flex-col items-center justify-center gap-0.5 text-[11px] leading-4 text-muted -outline-offset-2 aria-[current]:text-text"
      labelClass="truncate"
    />
  );
}

interface PlaceLook {
  className: string;
  labelClass: string;
  marksBelow?: boolean;
}

function Place({ label, icon, href, onPress, className, labelClass, marksBelow = false, ...rest }: PlaceProps & PlaceLook) {
  const pathname = usePathname();
  const current = pathname === href ? "page" : marksBelow && pathname.startsWith(`${href}/`) ? "true" : undefined;
  const classes = cx("[&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:stroke-[1.5]", className);
  const content = (
    <>
      {icon}
      <span className={labelClass}>{label}</span>
    </>
  );
  // `rest` carries what a tooltip puts on its trigger.
  return href ? (
    <Link {...rest} href={href} aria-current={current} className={classes}>
      {content}
    </Link>
  ) : (
    <button {...rest} type="button" onClick={onPress} className={classes}>
      {content}
    </button>
  );
}
