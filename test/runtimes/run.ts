/**
 * Runs the package, as it is installed, in every runtime that npm has: the same edit must give the same frames.
 *
 *     npm run runtimes [NAME…]      node@20 node@22 node@24 bun deno
 *
 * A runtime that cannot be installed here is named and left out.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { inRepository } from "../support/fixtures.ts";

const run = promisify(execFile);
const ALL = ["node@20", "node@22", "node@24", "bun", "deno"];
/** Runtimes that must be allowed to use what a program uses. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { deno: ["run", "--allow-all"] };
const LIMIT_MS = 5 * 60_000;

interface Outcome {
  readonly frames: number;
  readonly aborted: string;
  readonly bytes: number;
  readonly hash: string;
}

/** An empty project in a folder, with packages installed. */
async function project(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
  const args = ["install", "--no-fund", "--no-audit", "--prefer-offline", ...packages];
  await run("npm", args, { cwd: folder, env });
}

/** The program of a runtime, installed by npm below `folder`; older packages of Bun leave it in the one for the platform. */
async function programOf(name: string, folder: string): Promise<string> {
  await project(folder, [name]);
  const [program] = name.split("@");
  const places = [join(folder, "node_modules", ".bin", program!)];
  const platforms = await readdir(join(folder, "node_modules", "@oven")).catch(() => []);
  for (const platform of platforms)
    places.push(join(folder, "node_modules", "@oven", platform, "bin", program!));
  for (const place of places) {
    const works = await run(place, ["--version"]).then(
      () => true,
      () => false,
    );
    if (works) return place;
  }
  throw new Error("npm has no program of it for this machine");
}

async function edited(program: string, name: string, app: string): Promise<Outcome> {
  const before = ARGUMENTS[name.split("@")[0]!] ?? [];
  const args = [...before, "edit.mjs", "node_modules/fatezero/examples/car.mp4", "out.mp4"];
  const { stdout } = await run(program, args, { cwd: app, timeout: LIMIT_MS });
  return JSON.parse(stdout) as Outcome;
}

const names = process.argv.length > 2 ? process.argv.slice(2) : ALL;
const work = await mkdtemp(join(tmpdir(), "fatezero-runtimes-"));
let failed = 0;
try {
  const app = join(work, "app");
  await run("npm", ["run", "--silent", "build"], { cwd: inRepository(".") });
  const packing = ["pack", "--silent", "--ignore-scripts", "--pack-destination", work];
  const { stdout } = await run("npm", packing, { cwd: inRepository(".") });
  await project(app, [join(work, stdout.trim())]);
  await cp(inRepository("test/runtimes/edit.mjs"), join(app, "edit.mjs"));
  const expected = await edited(process.execPath, "node", app);
  console.log(`node ${process.versions.node} (this one): ${JSON.stringify(expected)}`);
  if (expected.frames !== 2 || expected.aborted !== "AbortError") failed++;
  for (const name of names) {
    let program: string;
    try {
      program = await programOf(name, join(work, name));
    } catch (error) {
      console.log(`${name}: not run here, ${(error as Error).message.split("\n")[0]}`);
      continue;
    }
    const version = (await run(program, ["--version"])).stdout.split("\n")[0];
    const outcome = await edited(program, name, app).catch((error: Error) => error);
    const isSame = !(outcome instanceof Error) && JSON.stringify(outcome) === JSON.stringify(expected);
    if (!isSame) failed++;
    const difference = outcome instanceof Error ? outcome.message : JSON.stringify(outcome);
    console.log(`${name} (${version}): ${isSame ? "the same" : `FAILED: ${difference}`}`);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}
process.exitCode = failed > 0 ? 1 : 0;
