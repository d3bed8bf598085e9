/**
 * Who a process id belongs to. Ids are used again, after a restart of a machine or container even at once, so a recorded id
 * means something only together with the moment its process started.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  /** When it started, in whatever unit the platform has; only compared for equality. */
  readonly startedAt: string;
  /** Its command line, as far as the platform shows it. */
  readonly command: string;
}

/** Null when no such process lives. A zombie counts as dead: it holds nothing. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (process.platform === "linux") return identifyOnLinux(pid);
  const [file, args] =
    process.platform === "win32"
      ? [
          "powershell.exe",
          ["-NoProfile", "-Command", `$p = Get-Process -Id ${pid}; "$($p.StartTime.ToFileTimeUtc()) ".PadRight(24) + $p.Path`],
        ]
      : ["ps", ["-ww", "-o", "lstart=,command=", "-p", String(pid)]];
  try {
    // Both print the start in the first 24 columns, then the command.
    const line = execFileSync(file, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    return line === "" ? null : { startedAt: line.slice(0, 24).trim(), command: line.slice(24).trim() };
  } catch {
    return null; // both exit with an error when nothing has this id
  }
}

function identifyOnLinux(pid: number): ProcessIdentity | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z") return null;
    return { startedAt: fields[19] ?? "", command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() };
  } catch {
    return null;
  }
}
