import { expect, test } from "vitest";
import { placeInJson, placeOfSyntaxError } from "#features/workflow/ui/json-place.ts";

const text = `{
  "name": "a \\"quoted\\" name, with ] and }",
  "nodes": [
    { "id": "a", "parameters": { "a b": 1 } },
    { "id": "b", "parameters": { "url": "x", "url": "/last" } }
  ],
  "edges": []
}`;

function found(path: string) {
  const { start, end, line } = placeInJson(text, path);
  return { text: text.slice(start, end), line };
}

test("a path leads to its value and line", () => {
  expect(found("name")).toEqual({ text: String.raw`"a \"quoted\" name, with ] and }"`, line: 2 });
  expect(found("nodes[1].id")).toEqual({ text: '"b"', line: 5 });
  expect(found('nodes[0].parameters["a b"]')).toEqual({ text: "1", line: 4 });
  expect(found("edges")).toEqual({ text: "[]", line: 7 });
});

test("of a key that is there twice the last counts, as for whoever parses it", () => {
  expect(found("nodes[1].parameters.url").text).toBe('"/last"');
});

test("what is not there is shown at what would hold it", () => {
  expect(found("nodes[0].position.x")).toEqual({ text: '{ "id": "a", "parameters": { "a b": 1 } }', line: 4 });
  expect(found("nodes[7]").line).toBe(3);
  expect(found("edges[0]")).toEqual({ text: "[]", line: 7 });
  expect(found("")).toEqual({ text, line: 1 });
  expect(found("name.first").text).toContain("quoted");
});

test("a text that is no object has one place", () => {
  expect(placeInJson("\u{feff} 12 ", "nodes")).toEqual({ start: 2, end: 4, line: 1 });
  expect(placeInJson('"text"', "a[0]")).toEqual({ start: 0, end: 6, line: 1 });
});

test("a syntax error is shown where the engine stopped, if it said so", () => {
  const broken = '{\n  "a": 1\n  "b": 2\n}';
  let message = "";
  try {
    JSON.parse(broken);
  } catch (error) {
    message = String(error);
  }
  expect(placeOfSyntaxError(broken, message)).toMatchObject({ start: 13, line: 3 });
  expect(placeOfSyntaxError(broken, "Something else")).toBeNull();
});
