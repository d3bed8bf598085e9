/**
 * The way of something that is told a few times a second and drawn sixty: played a little behind what was told, so that there are
 * two points to draw between. How far behind follows from how often it is told, which a full room makes rarer.
 */
export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Sample extends Point {
  readonly atMs: number;
}

/** Told less often than this, it stood still in between. */
const PAUSE_MS = 300;
const FIRST_INTERVAL_MS = 50;
const LONGEST_INTERVAL_MS = 250;
/** How far behind, in intervals: one to have the next point, a half for late ones. */
const BEHIND = 1.5;
const MAX_SAMPLES = 16;

export class Track {
  #samples: Sample[] = [];
  #intervalMs = FIRST_INTERVAL_MS;

  /** @param farthest a jump beyond this, in the points' own unit, is not drawn as a way */
  push({ x, y }: Point, atMs: number, farthest: number): void {
    const last = this.#samples.at(-1);
    if (!last || Math.hypot(x - last.x, y - last.y) > farthest) {
      this.#samples = [{ x, y, atMs }];
      return;
    }
    const gapMs = atMs - last.atMs;
    if (gapMs > PAUSE_MS) {
      // It set out just now: without this it would seem to have crept through the whole pause.
      this.#samples = [{ x: last.x, y: last.y, atMs: atMs - this.#intervalMs }];
    } else {
      this.#intervalMs = Math.min(LONGEST_INTERVAL_MS, this.#intervalMs + 0.2 * (gapMs - this.#intervalMs));
    }
    this.#samples.push({ x, y, atMs });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** The newest point; null before the first. */
  get newest(): Sample | null {
    return this.#samples.at(-1) ?? null;
  }

  /** Where it is drawn now; null before the first point. */
  at(nowMs: number): Point | null {
    const playedMs = nowMs - BEHIND * this.#intervalMs;
    const index = this.#samples.findIndex(({ atMs }) => atMs > playedMs);
    const to = this.#samples[index];
    if (!to) return this.newest;
    const from = this.#samples[index - 1];
    if (!from) return to;
    const share = (playedMs - from.atMs) / (to.atMs - from.atMs);
    return { x: from.x + share * (to.x - from.x), y: from.y + share * (to.y - from.y) };
  }

  /** Nothing will move until the next point. */
  isSettled(nowMs: number): boolean {
    const { newest } = this;
    return !newest || nowMs - BEHIND * this.#intervalMs >= newest.atMs;
  }
}
