/**
 * Draws other people's cursors, and arrows at the edge for those who are out of view. React makes the elements; from then on one
 * animation frame loop writes their transforms, and it runs only while something moves. Nothing here renders.
 */
import type { Rectangle } from "../events.ts";
import { type Point, Track } from "./track.ts";

/** The canvas's own box in pixels, and where in it the drawing lies: a point of the drawing is at `x + zoom * point.x`. */
export interface StageView {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
  readonly width: number;
  readonly height: number;
}

export interface StageOptions {
  readonly view: () => StageView;
  /** Whoever asks for less motion sees cursors jump from place to place. */
  readonly reducedMotion: () => boolean;
}

interface Figure {
  readonly cursor: HTMLElement;
  readonly arrow: HTMLElement;
  track: Track | null;
  /** The middle of what its owner sees. */
  lookingAt: Point | null;
}

/** After this long without a move a cursor steps back. */
const RESTING_MS = 10_000;
/** Between an arrow's middle and the edge. */
const ARROW_INSET_PX = 22;
/** More arrows than this say nothing any more. */
const MAX_ARROWS = 8;
/** Closer to the right edge than this, a name stands at the left of its cursor. */
const NAME_PX = 112;

export class CursorStage {
  readonly #options: StageOptions;
  readonly #figures = new Map<string, Figure>();
  #frame: number | null = null;
  #restTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: StageOptions) {
    this.#options = options;
  }

  /** @returns to call when the elements go */
  add(tabId: string, elements: Pick<Figure, "cursor" | "arrow">): () => void {
    const figure: Figure = { ...elements, track: null, lookingAt: null };
    this.#figures.set(tabId, figure);
    return () => {
      if (this.#figures.get(tabId) === figure) this.#figures.delete(tabId);
    };
  }

  setCursor(tabId: string, point: Point | null): void {
    const figure = this.#figures.get(tabId);
    if (!figure) return;
    if (!point) figure.track = null;
    else {
      const { zoom, width, height } = this.#options.view();
      figure.track ??= new Track();
      figure.track.push(point, performance.now(), Math.hypot(width, height) / zoom);
    }
    this.draw();
  }

  setViewport(tabId: string, viewport: Rectangle | null): void {
    const figure = this.#figures.get(tabId);
    if (!figure) return;
    figure.lookingAt = viewport && { x: viewport.x + viewport.width / 2, y: viewport.y + viewport.height / 2 };
    this.draw();
  }

  /** Something changed: the next frame draws it, and further ones until everything stands still. */
  readonly draw = (): void => {
    this.#frame ??= requestAnimationFrame(this.#drawNow);
  };

  stop(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    if (this.#restTimer !== null) clearTimeout(this.#restTimer);
    this.#frame = this.#restTimer = null;
  }

  readonly #drawNow = (): void => {
    this.#frame = null;
    const nowMs = performance.now();
    const view = this.#options.view();
    const still = this.#options.reducedMotion();
    let moving = false;
    let arrows = 0;
    let nextRestMs = Number.POSITIVE_INFINITY;
    for (const { cursor, arrow, track, lookingAt } of this.#figures.values()) {
      const point = (still ? track?.newest : track?.at(nowMs)) ?? null;
      if (track && !still && !track.isSettled(nowMs)) moving = true;
      const place = point && onScreen(point, view);
      const isSeen = place !== null && isInside(place, view);
      const far = isSeen ? null : (place ?? (lookingAt && onScreen(lookingAt, view)));
      const showsArrow = far !== null && !isInside(far, view) && arrows < MAX_ARROWS;
      if (showsArrow) arrows += 1;
      setShown(cursor, isSeen);
      setShown(arrow, showsArrow);
      if (isSeen) {
        cursor.style.transform = `translate(${place.x.toFixed(1)}px, ${place.y.toFixed(1)}px)`;
        cursor.dataset.side = place.x > view.width - NAME_PX ? "left" : "right";
        const restMs = (track?.newest?.atMs ?? nowMs) + RESTING_MS - nowMs;
        cursor.dataset.resting = String(restMs <= 0);
        if (restMs > 0) nextRestMs = Math.min(nextRestMs, restMs);
      } else if (showsArrow) {
        const { x, y, angle } = atEdge(far, view);
        arrow.style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
        arrow.style.setProperty("--angle", `${angle.toFixed(3)}rad`);
      }
    }
    if (moving) this.draw();
    else this.#drawAfter(nextRestMs);
  };

  #drawAfter(ms: number): void {
    if (this.#restTimer !== null) clearTimeout(this.#restTimer);
    this.#restTimer = Number.isFinite(ms) ? setTimeout(this.draw, ms) : null;
  }
}

function onScreen(point: Point, { x, y, zoom }: StageView): Point {
  return { x: x + zoom * point.x, y: y + zoom * point.y };
}

function isInside({ x, y }: Point, { width, height }: StageView): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}

/** Where the line from the middle of the box to `far` meets its (inset) edge, and the direction it goes on in. */
export function atEdge(far: Point, { width, height }: Pick<StageView, "width" | "height">): Point & { readonly angle: number } {
  const dx = far.x - width / 2;
  const dy = far.y - height / 2;
  const share = Math.min((width / 2 - ARROW_INSET_PX) / Math.abs(dx), (height / 2 - ARROW_INSET_PX) / Math.abs(dy));
  return { x: width / 2 + dx * share, y: height / 2 + dy * share, angle: Math.atan2(dy, dx) };
}

function setShown(element: HTMLElement, shown: boolean): void {
  const visibility = shown ? "visible" : "hidden";
  if (element.style.visibility !== visibility) element.style.visibility = visibility;
}
