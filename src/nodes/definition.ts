/**
 * What a node type says about itself: the half that a browser needs to draw it, to make a form for its parameters and to check
 * them. The other half, `run.ts`, is the server's. Browser-safe.
 */
import type { z } from "zod";
import type { NodeType } from "./graph.ts";

/** How one parameter is shown in a form. */
export interface Field {
  readonly label: string;
  /** One sentence under the field. */
  readonly help?: string;
  readonly input: "text" | "multiline" | "code" | "number" | "select" | "json" | "pairs";
  /** Shown behind a number, e.g. "ms". */
  readonly unit?: string;
  readonly placeholder?: string;
  /** The choices of a `select`. */
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

export interface NodeDefinition<Type extends NodeType = NodeType, Parameters extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly title: string;
  /** One sentence for a palette. */
  readonly description: string;
  /** Name of a lucide icon, in its kebab-case spelling. */
  readonly icon: string;
  /** Parsing `{}` gives the defaults, unless a parameter has none because only a person can know it. */
  readonly parameters: Parameters;
  /** One per parameter, in the order of the form. */
  readonly fields: { readonly [Name in keyof z.output<Parameters>]-?: Field };
  /** What comes in and what goes out, in words. */
  readonly items: string;
  /** `false`: the node begins a workflow and cannot be connected to. */
  readonly hasInput: boolean;
}

/** Ties the form's fields to the schema: a parameter without a field, or a field without a parameter, does not compile. */
export function defineNode<const Type extends NodeType, Parameters extends z.ZodObject>(
  definition: NodeDefinition<Type, Parameters>,
): NodeDefinition<Type, Parameters> {
  return definition;
}
