/** Workflows to begin with, laid out from left to right on a grid of columns and rows. Browser-safe: a page offers them by title. */
import type { Graph, GraphEdge, GraphNode } from "#nodes/graph.ts";

const COLUMN = 260;
const ROW = 120;

function at(column: number, row: number): GraphNode["position"] {
  return { x: column * COLUMN, y: row * ROW };
}

function connect(...pairs: readonly (readonly [source: string, target: string])[]): GraphEdge[] {
  return pairs.map(([source, target]) => ({ id: `${source}-${target}`, source, target }));
}

/** What a new workflow can be a copy of. */
export interface WorkflowExample {
  /** Names it in `workflow.create({ from })`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly graph: Graph;
}

const regionOfCountry = `{
  "region": $lookup({
    "DE": "Central", "PL": "Central", "NL": "West", "FR": "West", "IT": "South", "SE": "North", "US": "Overseas"
  }, country),
  "amount": amount
}`;

const sumByRegion = `$map($distinct(region), function($region) {
  {
    "region": $region,
    "orders": $count($$[region = $region]),
    "revenue": $round($sum($$[region = $region].amount), 2)
  }
})`;

const targets = `[
  { "region": "Central", "target": 32000 },
  { "region": "West", "target": 32000 },
  { "region": "South", "target": 18000 },
  { "region": "North", "target": 18500 },
  { "region": "Overseas", "target": 15000 }
]`;

const compare = `$map($distinct(region), function($region) {(
  $known := $$[region = $region];
  $revenue := $round($sum($known.revenue), 2);
  $target := $sum($known.target);
  {
    "region": $region,
    "orders": $sum($known.orders),
    "revenue": $revenue,
    "target": $target,
    "percent": $target > 0 ? $round(100 * $revenue / $target) : null
  }
)})^(>revenue)`;

/** Reads 480 orders in twelve pages while the targets are fetched beside it; about ten seconds. */
export const revenueByRegion: WorkflowExample = {
  key: "revenueByRegion",
  name: "Revenue by region",
  description: "Reads several hundred orders page by page, sums what was paid by region, and compares it with the targets.",
  graph: {
    nodes: [
      { id: "start", type: "manual", name: "Start", position: at(0, 1), parameters: {} },
      {
        id: "orders",
        type: "http.request",
        name: "Read orders",
        position: at(1, 0.5),
        parameters: {
          url: "/api/sample/orders?size=40&delayMs=700",
          pagination: { nextPath: "next", itemsPath: "items", pageCountPath: "pageCount", maxPages: 50 },
        },
        retry: { maxAttempts: 3, delayMs: 1_000 },
        notes: "The app's own sample API: 480 orders, 40 to a page, and each page takes its time.",
      },
      {
        id: "fetch-targets",
        type: "delay",
        name: "Wait for targets",
        position: at(1, 2),
        parameters: { durationMs: 4_000 },
        notes: "Runs beside the orders: neither waits for the other.",
      },
      { id: "paid", type: "filter", name: "Paid only", position: at(2, 0), parameters: { expression: "status = 'paid'" } },
      { id: "refunded", type: "filter", name: "Refunded only", position: at(2, 1), parameters: { expression: "status = 'refunded'" } },
      { id: "targets", type: "transform", name: "Targets", position: at(2, 2), parameters: { expression: targets, mode: "allItems" } },
      { id: "region", type: "transform", name: "Country to region", position: at(3, 0), parameters: { expression: regionOfCountry } },
      {
        id: "refunds",
        type: "transform",
        name: "Sum refunds",
        position: at(3, 1),
        parameters: { expression: `{ "refunds": $count($), "amount": $round($sum(amount), 2) }`, mode: "allItems" },
      },
      {
        id: "sum",
        type: "transform",
        name: "Sum by region",
        position: at(4, 0),
        parameters: { expression: sumByRegion, mode: "allItems" },
      },
      { id: "pause", type: "delay", name: "Let the books settle", position: at(4, 2), parameters: { durationMs: 1_500 } },
      { id: "compare", type: "transform", name: "Compare", position: at(5, 1), parameters: { expression: compare, mode: "allItems" } },
    ],
    edges: connect(
      ["start", "orders"],
      ["start", "fetch-targets"],
      ["orders", "paid"],
      ["orders", "refunded"],
      ["fetch-targets", "targets"],
      ["paid", "region"],
      ["refunded", "refunds"],
      ["region", "sum"],
      ["targets", "pause"],
      ["sum", "compare"],
      ["pause", "compare"],
    ),
  },
};

/** Something that recovers at its third attempt, and something that does not: what is behind it is skipped, what is beside it is not. */
export const failingDelivery: WorkflowExample = {
  key: "failingDelivery",
  name: "A delivery that fails",
  description: "One step recovers at its third attempt, another gives up after three, and everything behind that is skipped. It shows why.",
  graph: {
    nodes: [
      {
        id: "start",
        type: "manual",
        name: "Start",
        position: at(0, 1),
        parameters: {
          items: [
            { parcel: "HX-1041", city: "Lyon" },
            { parcel: "HX-1042", city: "Turin" },
          ],
        },
      },
      {
        id: "label",
        type: "transform",
        name: "Write labels",
        position: at(1, 1),
        parameters: { expression: `$merge([$, { "label": parcel & " / " & $uppercase(city) }])` },
      },
      {
        id: "printer",
        type: "fail",
        name: "Label printer",
        position: at(2, 0),
        parameters: { message: "The printer is warming up.", untilAttempt: 3 },
        retry: { maxAttempts: 4, delayMs: 800 },
        notes: "Fails twice, then works: the run goes on as if nothing had happened.",
      },
      { id: "stack", type: "delay", name: "Stack parcels", position: at(3, 0), parameters: { durationMs: 1_200 } },
      {
        id: "carrier",
        type: "fail",
        name: "Book the carrier",
        position: at(2, 2),
        parameters: { message: "The carrier answered 503: no van before Monday." },
        retry: { maxAttempts: 3, delayMs: 1_000 },
        notes: "Fails at every attempt; the wait doubles between them.",
      },
      {
        id: "notify",
        type: "transform",
        name: "Tell the customer",
        position: at(3, 2),
        parameters: { expression: `{ "to": city, "text": "Your parcel " & parcel & " is on its way." }` },
        notes: "Never runs: what it needs did not happen.",
      },
    ],
    edges: connect(["start", "label"], ["label", "printer"], ["label", "carrier"], ["printer", "stack"], ["carrier", "notify"]),
  },
};

export const workflowExamples: readonly WorkflowExample[] = [revenueByRegion, failingDelivery];
