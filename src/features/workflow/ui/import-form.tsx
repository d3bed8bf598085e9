"use client";
import { FileUp } from "lucide-react";
import { type ChangeEvent, type FormEvent, useId, useRef, useState } from "react";
import { type CallError, errorDetails, errorText } from "#client/error-code.ts";
import { trpc } from "#client/trpc.ts";
import { Button } from "#ui/button.tsx";
import { textAreaClass } from "#ui/input.tsx";
import { type JsonPlace, placeInJson, placeOfSyntaxError } from "./json-place.ts";

interface Problem {
  readonly path: string;
  readonly message: string;
  readonly place: JsonPlace | null;
}

/** A workflow from a file or pasted text. What is wrong with it is listed with its line, and shown there. */
export function ImportForm({ onCreated }: { onCreated: (workflowId: string) => void }) {
  const id = useId();
  const [text, setText] = useState("");
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const importing = trpc.workflow.importJson.useMutation({
    onSuccess: ({ workflowId }) => onCreated(workflowId),
    onError: (error, { json }) => setProblems(problemsOf(error, String(json))),
  });

  const change = (next: string) => {
    setText(next);
    setProblems([]);
  };
  const pick = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    // The same file, mended, can be picked again.
    target.value = "";
    if (file) change(await file.text());
    area.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() === "") setProblems([{ path: "", message: "Paste a workflow here, or choose its file.", place: null }]);
    else importing.mutate({ json: text });
  };
  const show = ({ start, end }: JsonPlace) => {
    const field = area.current;
    if (!field) return;
    field.focus();
    // Browsers scroll to where the selection ends; what is wrong begins at its start.
    field.setSelectionRange(start, start);
    field.setSelectionRange(start, end);
    const linePx = Number.parseFloat(getComputedStyle(field).lineHeight);
    field.scrollTop = (text.slice(0, start).split("\n").length - 3) * linePx;
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-3 p-4">
      <div className="flex items-center justify-between gap-3">
        <label htmlFor={id} className="text-xs font-medium">
          Exported workflow, as JSON
        </label>
        <Button size="small" onClick={() => picker.current?.click()}>
          <FileUp />
          Choose a file
        </Button>
        <input ref={picker} type="file" accept="application/json,.json" hidden onChange={(event) => void pick(event)} />
      </div>
      <textarea
        ref={area}
        id={id}
        value={text}
        onChange={(event) => change(event.target.value)}
        rows={10}
        spellCheck={false}
        wrap="off"
        aria-invalid={problems.length > 0}
        aria-describedby={problems.length > 0 ? `${id}-problems` : undefined}
        placeholder={'{ "heliograph": 1, "name": "…", "nodes": [], "edges": [] }'}
        className={`${textAreaClass} resize-y scroll-quiet`}
      />
      {problems.length > 0 ? (
        <div id={`${id}-problems`} role="alert" className="flex flex-col gap-1 text-xs">
          <p className="font-medium text-failed">Nothing was imported.</p>
          <ul className="flex max-h-40 flex-col overflow-y-auto scroll-quiet">
            {problems.map((problem) => (
              <li key={`${problem.path} ${problem.message}`}>
                <ProblemLine problem={problem} onShow={show} />
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <div className="flex justify-end">
        <Button type="submit" look="ink" busy={importing.isPending}>
          Import
        </Button>
      </div>
    </form>
  );
}

function ProblemLine({ problem: { path, message, place }, onShow }: { problem: Problem; onShow: (place: JsonPlace) => void }) {
  const words = (
    <>
      {path ? <code className="font-mono">{path}</code> : null}
      {path ? ": " : null}
      {message}
    </>
  );
  if (!place) return <p>{words}</p>;
  return (
    <button
      type="button"
      onClick={() => onShow(place)}
      className="flex w-full gap-2 rounded-sm px-1 py-0.5 text-left -outline-offset-2 hover:bg-hover"
    >
      <span className="shrink-0 tabular-nums text-muted">Line {place.line}</span>
      <span className="min-w-0 break-words">{words}</span>
    </button>
  );
}

function problemsOf(error: CallError, text: string): Problem[] {
  const paths = errorDetails(error, "paths");
  const messages = errorDetails(error, "problems");
  if (messages.length === 0) return [{ path: "", message: errorText(error), place: null }];
  const valid = isJson(text);
  return messages.map((message, index) => {
    const path = paths[index] ?? "";
    return { path, message, place: valid ? placeInJson(text, path) : placeOfSyntaxError(text, message) };
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text.replace(/^\u{feff}/u, ""));
    return true;
  } catch {
    return false;
  }
}
