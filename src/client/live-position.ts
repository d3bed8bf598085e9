/**
 * The order of two positions of one stream. To the app a position is opaque; only the store that merges a snapshot with events
 * looks inside, because the two travel on different roads and arrive in any order.
 */

/** Negative, zero or positive as `a` is before, at or after `b`; null when no order exists (the stream began anew between them). */
export function comparePositions(a: string, b: string): number | null {
  if (a === b) return 0;
  const [aEpoch, aSeq] = split(a);
  const [bEpoch, bSeq] = split(b);
  return aEpoch === bEpoch && Number.isFinite(aSeq) && Number.isFinite(bSeq) ? aSeq - bSeq : null;
}

/** Which event of its stream a position names, for people: 1 is the first. */
export function numberOf(position: string): number {
  return split(position)[1];
}

function split(position: string): [epoch: string, seq: number] {
  const dot = position.lastIndexOf(".");
  return [position.slice(0, dot), dot < 0 ? Number.NaN : Number(position.slice(dot + 1))];
}
