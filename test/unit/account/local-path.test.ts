import { expect, test } from "vitest";
import { localPath } from "#features/account/ui/local-path.ts";

test("a path of this app stays as it is", () => {
  for (const path of ["/counter", "/notes/1?tab=log#end", "/split?path=%2Fcounter"]) expect(localPath(path)).toBe(path);
});

test("whatever a browser could take for another site becomes the start page", () => {
  const others = [
    "https://example.com/",
    "//example.com",
    "/\\example.com",
    "/\t/example.com",
    "/.//example.com",
    "/..//example.com/path",
    "/a/..//example.com",
    "/%2e//example.com",
    "/./\\example.com",
    "javascript:alert(1)",
    "counter",
    "",
    undefined,
    ["/a", "/b"],
  ];
  for (const value of others) expect(localPath(value)).toBe("/");
});
