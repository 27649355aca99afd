/** Runs of the command line whose memory is looked at from outside. Linux only: it is read from /proc. */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

/** Milliseconds between two looks. */
const LOOK_MS = 100;

/** Parents by process, and pages of memory that are their own. */
async function processes(): Promise<
  ReadonlyMap<number, { readonly parent: number; readonly bytes: number }>
> {
  const found = new Map<number, { readonly parent: number; readonly bytes: number }>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await readFile(`/proc/${name}/status`, "utf8").catch(() => "");
    const [, parent] = /^PPid:\s+(\d+)/m.exec(text) ?? [];
    const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(text) ?? [];
    if (parent !== undefined)
      found.set(Number(name), { parent: Number(parent), bytes: 1024 * Number(kilobytes ?? 0) });
  }
  return found;
}

/** Resident bytes of a process and of all below it. */
async function treeBytes(root: number): Promise<number> {
  const all = await processes();
  const isBelow = (id: number): boolean => id === root || (all.has(id) && isBelow(all.get(id)!.parent));
  return [...all].reduce((sum, [id, { bytes }]) => sum + (isBelow(id) ? bytes : 0), 0);
}

/** What a run of the command line came to. */
interface Watched {
  readonly code: number | null;
  /** The highest resident memory of all of its processes together, in bytes. */
  readonly peak: number;
  /** The events that it told as JSON. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

/** Runs Node, whose arguments are those of a command line with `--json`, and looks at its memory. */
export async function runWatched(args: readonly string[]): Promise<Watched> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let peak = 0;
  const watching = setInterval(async () => {
    peak = Math.max(peak, await treeBytes(child.pid!));
  }, LOOK_MS);
  let out = "";
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
  });
  const code = await new Promise<number | null>((done) => child.on("close", done));
  clearInterval(watching);
  return {
    code,
    peak,
    lines: out.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : [])),
  };
}
