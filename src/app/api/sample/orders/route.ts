/**
 * A small shop's orders, page by page: something for the example workflow to ask that needs no internet.
 *
 * `GET /api/sample/orders?page=1&size=40&delayMs=600` answers `{ items, page, pageCount, total, next }`, where `next` is the
 * address of the next page or null. The orders are computed, always the same; each answer takes a moment, as a real one would.
 */
import { setTimeout as wait } from "node:timers/promises";

const ORDER_COUNT = 480;
const MAX_SIZE = 100;
const MAX_DELAY_MS = 5_000;
const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

const statuses = ["paid", "paid", "paid", "open", "refunded"] as const;
const countries = ["DE", "FR", "IT", "NL", "PL", "SE", "US"] as const;
const products = ["Heliostat", "Signal mirror", "Tripod", "Sighting rod", "Shutter", "Field case"] as const;

interface Order {
  readonly id: string;
  readonly placedOn: string;
  readonly customer: string;
  readonly country: string;
  readonly product: string;
  readonly quantity: number;
  /** In euros. */
  readonly amount: number;
  readonly status: string;
}

export async function GET(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url);
  const size = bounded(searchParams.get("size"), 40, 1, MAX_SIZE);
  const delayMs = bounded(searchParams.get("delayMs"), 600, 0, MAX_DELAY_MS);
  const pageCount = Math.ceil(ORDER_COUNT / size);
  const page = bounded(searchParams.get("page"), 1, 1, pageCount);
  await wait(delayMs, undefined, { signal: request.signal }).catch(() => {});
  const from = (page - 1) * size;
  const items = Array.from({ length: Math.min(size, ORDER_COUNT - from) }, (_, index) => order(from + index + 1));
  const next = page < pageCount ? `/api/sample/orders?page=${page + 1}&size=${size}&delayMs=${delayMs}` : null;
  return Response.json({ items, page, pageCount, total: ORDER_COUNT, next });
}

function order(number: number): Order {
  const random = mixed(number);
  const quantity = 1 + (random % 5);
  return {
    id: `ORD-${String(number).padStart(4, "0")}`,
    placedOn: new Date(FIRST_DAY + Math.floor((number * 300) / ORDER_COUNT) * DAY_MS).toISOString().slice(0, 10),
    customer: `Customer ${1 + (mixed(number + 1_000) % 90)}`,
    country: pick(countries, mixed(number + 2_000)),
    product: pick(products, mixed(number + 3_000)),
    quantity,
    amount: (quantity * (1_500 + (mixed(number + 4_000) % 23_000))) / 100,
    status: pick(statuses, mixed(number + 5_000)),
  };
}

/** A number that looks random and is always the same for the same `seed` (the finaliser of MurmurHash3). */
function mixed(seed: number): number {
  let value = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function pick<T>(choices: readonly [T, ...T[]], random: number): T {
  return choices[random % choices.length] ?? choices[0];
}

/** A number out of a query, or `fallback` where there is none. */
function bounded(text: string | null, fallback: number, min: number, max: number): number {
  const value = text === null || text === "" ? fallback : Number(text);
  return Number.isFinite(value) ? Math.min(max, Math.max(min, Math.trunc(value))) : fallback;
}
