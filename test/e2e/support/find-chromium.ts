import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** A browser that is installed: CHROMIUM_PATH, else the first of the usual names on PATH. Playwright downloads nothing. */
export function findChromium(): string {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/Applications/Google Chrome.app/Contents/MacOS"];
  for (const name of [...NAMES, "Google Chrome"]) {
    for (const folder of folders) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // not here: the next place
      }
    }
  }
  throw new Error("No Chromium is installed: `apt-get install chromium`, or set CHROMIUM_PATH.");
}
