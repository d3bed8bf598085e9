"use client";
import { type RefObject, type UIEvent, useCallback, useEffect, useRef } from "react";

/** Nearer to the end than this one is at the end: less than a line. */
const NEAR_END_PX = 24;

export interface FollowedEnd {
  /** The box that scrolls, with `onScroll` as its handler. */
  readonly box: RefObject<HTMLDivElement | null>;
  /** Set it to false to hold a place that one was led to. */
  readonly following: RefObject<boolean>;
  readonly onScroll: (event: UIEvent) => void;
}

/**
 * Keeps a box that grows at its end scrolled to the end while its reader is there, and still once they have scrolled up.
 *
 * @param last what tells the newest entry from the one before; undefined while there is none
 * @param fromStart whether the box begins at its end
 */
export function useFollowedEnd(last: string | undefined, fromStart: boolean): FollowedEnd {
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(fromStart);
  useEffect(() => {
    if (last !== undefined && following.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [last]);
  const onScroll = useCallback(({ currentTarget: { scrollTop, scrollHeight, clientHeight } }: UIEvent) => {
    following.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }, []);
  return { box, following, onScroll };
}
