import { cx } from "./cx.ts";

/**
 * Rows of unknown data as a table: one column for every key that any shown row has, nested values as JSON.
 * A row that is not an object is a table of one column.
 */
export function DataTable({ rows, caption }: { rows: readonly unknown[]; caption: string }) {
  const records = rows.map((row) =>
    typeof row === "object" && row !== null && !Array.isArray(row) ? new Map(Object.entries(row)) : new Map([["value", row]]),
  );
  const columns = [...new Set(records.flatMap((record) => [...record.keys()]))];
  // Numbers stand under each other by their last digit.
  const numeric = new Set(columns.filter((column) => records.every((record) => typeof (record.get(column) ?? 0) === "number")));
  return (
    <table className="w-full border-separate border-spacing-0 text-left text-xs tabular-nums">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column}
              scope="col"
              className={cx(
                "h-8 whitespace-nowrap border-b border-line px-3 first:pl-4 last:pr-4 font-medium text-muted",
                numeric.has(column) && "text-right",
              )}
            >
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {records.map((record, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the rows are data without identity, and never reordered
          <tr key={index}>
            {columns.map((column) => (
              <td
                key={column}
                className={cx("h-8 max-w-64 truncate border-b border-line px-3 first:pl-4 last:pr-4", numeric.has(column) && "text-right")}
                title={cellText(record.get(column))}
              >
                {cellText(record.get(column))}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cellText(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
