"use client";
import { useEffect } from "react";

/** As app/layout.tsx writes it for a page's own title. */
const titled = (title: string) => `${title} · Heliograph`;

/** Names the browser's tab by what is loaded, and follows it; null leaves, or gives back, the title that the page came with. */
export function useTitle(title: string | null): void {
  useEffect(() => {
    if (title === null) return;
    const before = document.title;
    const mine = titled(title);
    document.title = mine;
    return () => {
      // The next page may have written its own already.
      if (document.title === mine) document.title = before;
    };
  }, [title]);
}
