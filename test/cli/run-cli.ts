import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll } from "vitest";
import { writeVideo } from "../../src/video/index.node.ts";
import { builtProgram } from "../support/built.ts";

const CLI = join(await builtProgram(), "cli", "cli.js");

export const SOURCE = "a red car on a road under a blue sky";
export const TARGET = "a blue car on a road under a blue sky";

export interface Ended {
  readonly code: number | null;
  /** The signal that ended it, if one did. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stderr holds the text. */
  said(text: string): Promise<void>;
}

/** Every run has a cache of its own unless a test says otherwise: none goes on from another, or from a user's. */
const caches = mkdtempSync(join(tmpdir(), "fatezero-caches-"));
let runs = 0;
afterAll(() => rm(caches, { recursive: true, force: true }));

/** Starts the built program, as a user would; `through` are words before it on the command line. */
export function startCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Running {
  const began = performance.now();
  const [program, ...rest] = [...through, process.execPath, CLI, ...args];
  const child = spawn(program!, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, FATEZERO_CACHE: join(caches, String(runs++)), ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code, signal, stdout, stderr, seconds: (performance.now() - began) / 1000 }),
    );
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      child.stderr.on("data", look);
      child.on("close", () => reject(new Error(`It ended without saying "${text}":\n${stderr}`)));
      look();
    });
  return { child, ended, said };
}

export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Promise<Ended> {
  return startCli(args, env, through).ended;
}

/** Processes whose parent is `pid`. */
export async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number));
  return rows.filter(([, parent]) => parent === pid).map(([child]) => child!);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A folder of a test's own that goes away after it. */
export async function workFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "fatezero cli-"));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a folder of frames with a red box that moves over a grey road under a blue sky; returns its path. */
export async function toyClip(parent: string, count = 4, width = 128, height = 128): Promise<string> {
  const frames = Array.from({ length: count }, (_, f) => {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const left = 20 + 8 * f;
        const box = x >= left && x < left + 44 && y >= 60 && y < 90;
        const color = box ? [210, 30, 30] : y < 70 ? [120, 180, 235] : [110, 110, 115];
        data.set(color, (y * width + x) * 3);
      }
    }
    return { width, height, data };
  });
  const folder = `${join(parent, "clip")}/`;
  await writeVideo(folder, frames, { fps: 8 });
  return folder;
}

/** Every name in a folder, hidden ones too. */
export async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).sort();
}
