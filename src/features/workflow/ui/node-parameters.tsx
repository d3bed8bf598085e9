import { completeParameters, definitions, parameterProblems } from "#nodes/definitions.ts";
import type { GraphNode } from "#nodes/graph.ts";
import { formatDuration, formatItems } from "#ui/format.ts";
import { JsonView } from "#ui/json-view.tsx";
import { NamedIcon } from "#ui/named-icon.tsx";

/** What a node is set to do: its type, notes and parameters, defaults filled in. */
export function NodeParameters({ node }: { node: GraphNode }) {
  const definition = definitions[node.type];
  const problems = parameterProblems(node);
  const values: Readonly<Record<string, unknown>> = problems.length > 0 ? node.parameters : completeParameters(node);
  const shown = Object.entries(definition.fields).filter(([name]) => !isEmpty(values[name]));
  return (
    <div className="flex flex-col gap-3">
      <div>
        <h2 className="flex items-center gap-2 pr-8 text-sm font-medium">
          <NamedIcon name={definition.icon} className="size-4 shrink-0 text-muted" />
          <span className="min-w-0 break-words">{node.name}</span>
        </h2>
        <p className="mt-1 text-xs text-muted">{definition.description}</p>
        {node.notes ? <p className="mt-2 border-l-2 border-line-strong pl-2 text-xs">{node.notes}</p> : null}
      </div>
      {problems.length > 0 ? (
        <p role="alert" className="text-xs text-failed">
          {problems.map(({ path, message }) => `${path || "Parameters"}: ${message}`).join(" ")}
        </p>
      ) : null}
      <dl className="flex flex-col gap-2 text-xs">
        {shown.map(([name, field]) => (
          <div key={name}>
            <dt className="text-muted">{field.label}</dt>
            <dd className="mt-0.5">
              <ParameterValue value={values[name]} unit={field.unit} />
            </dd>
          </div>
        ))}
        {node.retry ? (
          <div>
            <dt className="text-muted">When it fails</dt>
            <dd className="mt-0.5">
              {formatItems(node.retry.maxAttempts, "attempt")}, the first wait {formatDuration(node.retry.delayMs)}
            </dd>
          </div>
        ) : null}
      </dl>
    </div>
  );
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

function ParameterValue({ value, unit }: { value: unknown; unit: string | undefined }) {
  if (typeof value === "number")
    return <span className="tabular-nums">{unit === "ms" ? formatDuration(value) : `${value.toLocaleString("en")} ${unit ?? ""}`}</span>;
  if (typeof value === "string")
    return <code className="block whitespace-pre-wrap break-words rounded-sm bg-sunken px-2 py-1 font-mono leading-5">{value}</code>;
  return <JsonView value={value} className="rounded-sm bg-sunken px-2 py-1" />;
}
