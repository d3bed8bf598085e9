"use client";
import Link from "next/link";
import { useEffect, useRef } from "react";
import { buttonClass } from "./button-class.ts";

export interface WayBackProps {
  href: string;
  label: string;
  /** It stands where a page was that is gone, and what had the focus with it. */
  takesFocus?: boolean;
}

/** Where to go from a page that has nothing to show. */
export function WayBack({ href, label, takesFocus = false }: WayBackProps) {
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (takesFocus && document.activeElement === document.body) link.current?.focus();
  }, [takesFocus]);
  return (
    <Link ref={link} href={href} className={buttonClass()}>
      {label}
    </Link>
  );
}
