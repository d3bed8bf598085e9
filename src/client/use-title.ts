"use client";
import { useLayoutEffect } from "react";

/** As app/layout.tsx writes it for a page's own title. */
const titled = (title: string) => `${title} · Heliograph`;

/** Of several that are on one page the last to come writes. Overruling each other, they would never end. */
const writers: object[] = [];

/**
 * Names the browser's tab by what is loaded, and follows it; null leaves, or gives back, the title that the page came with.
 *
 * Next writes the page's own title whenever its metadata arrives, which on a slow machine is after the page has drawn what is loaded:
 * written once, the name would be lost to it. So the head is watched, and whoever writes there while this is shown is overruled.
 * Between two pages there is no title element, for seconds where a page is still compiled: one of its own is lent meanwhile, and taken
 * back, because React knows nothing of it.
 */
export function useTitle(title: string | null): void {
  // In the commit that takes the page away, so that the next page's title is never overruled.
  useLayoutEffect(() => {
    if (title === null) return;
    const mine = titled(title);
    const me = {};
    writers.push(me);
    let before: string | null = null;
    const lent = document.createElement("title");
    // What has this React never takes for a title of its own while it hydrates, and so never misses it.
    lent.setAttribute("itemprop", "name");
    lent.textContent = mine;
    const write = () => {
      if (writers.at(-1) !== me) return;
      const [first, ...others] = document.head.querySelectorAll(":scope > title");
      if (first === undefined) document.head.append(lent);
      else if (others.length > 0) lent.remove();
      const element = titleElement();
      if (element === null || element.textContent === mine) return;
      before = element.textContent;
      element.textContent = mine;
    };
    write();
    const observer = new MutationObserver(write);
    observer.observe(document.head, { childList: true, characterData: true, subtree: true });
    return () => {
      observer.disconnect();
      writers.splice(writers.indexOf(me), 1);
      lent.remove();
      const element = titleElement();
      if (before !== null && element?.textContent === mine) element.textContent = before;
    };
  }, [title]);
}

/** Of several the first counts. */
function titleElement(): Element | null {
  return document.head.querySelector(":scope > title");
}
