import { z } from "zod";
import { defineNode } from "../definition.ts";
import { json } from "../graph.ts";

export const manual = defineNode({
  type: "manual",
  title: "Start",
  description: "Started by hand.",
  icon: "circle-play",
  parameters: z.object({
    items: z.array(json).max(10_000).default([{}]),
  }),
  fields: {
    items: {
      label: "Items",
      help: "What goes out when the run is started without an input of its own: a JSON list.",
      input: "json",
    },
  },
  items: "Sends the input of the run: each element of a list is an item, anything else is one item.",
  hasInput: false,
});
