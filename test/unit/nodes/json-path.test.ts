import { expect, test } from "vitest";
import { valueAt } from "#nodes/http-request/json-path.ts";

const value = { data: { pages: [{ next: "/2" }, { next: null }] }, "x-y": 1, list: [[1, 2]] };

test.each([
  ["", value],
  ["data.pages[0].next", "/2"],
  ["data.pages[1].next", null],
  ["data.pages[2].next", undefined],
  ["x-y", 1],
  ["list[0][1]", 2],
  ["list.length", undefined],
  ["constructor", undefined],
  ["data.__proto__", undefined],
  ["x-y.z", undefined],
])("%s", (path, expected) => {
  expect(valueAt(value, path)).toEqual(expected);
});
