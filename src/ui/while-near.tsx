"use client";
import { type ReactNode, useEffect, useRef, useState } from "react";

/** So far outside what is seen, the content is there before it is scrolled to. */
const MARGIN = "400px 0px";

/** Shows its children only where they are, or nearly are, in sight: for rows that cost something while they are there. */
export function WhileNear({ placeholder, children }: { placeholder: ReactNode; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!box.current) return;
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)?.isIntersecting ?? false), {
      // The margin counts for this box alone; one around it that scrolls would cut it off.
      root: scrollBoxOf(box.current),
      rootMargin: MARGIN,
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={box}>{near ? children : placeholder}</div>;
}

function scrollBoxOf(element: Element): Element | null {
  for (let box = element.parentElement; box; box = box.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
  }
  return null;
}
