import { spawn } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { builtProgram } from "../../support/built.ts";
import { inRepository } from "../../support/fixtures.ts";
import { Fault, type Kind } from "../harness.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const;
/** Seconds in which a signal ends whatever is going on, on a busy machine too. */
const STOP_SECONDS = 10;

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** Seconds from the signal on. */
  readonly seconds: number;
}

let undisturbed: Promise<Buffer> | undefined;

/** Runs the small edit that is disturbed, and sends it a signal after so many milliseconds. */
async function run(
  folder: string,
  after?: { readonly ms: number; readonly signal: NodeJS.Signals },
): Promise<Ended> {
  const cli = join(await builtProgram(), "cli", "cli.js");
  const args = ["edit", "car.mp4", "--frames", "2", "--steps", "6", "-q", "-o", "out/"];
  const sentences = ["-s", "a red car on a road", "-t", "a blue car on a road"];
  const env = { ...process.env, FATEZERO_CACHE: join(folder, "cache") };
  const child = spawn(process.execPath, [cli, ...args, ...sentences], { cwd: folder, env });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let sent = performance.now();
  const timer =
    after &&
    setTimeout(() => {
      sent = performance.now();
      child.kill(after.signal);
    }, after.ms);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stderr, seconds: (performance.now() - sent) / 1000 });
    });
  });
}

async function bytesIn(folder: string): Promise<Buffer> {
  const names = (await readdir(join(folder, "out"))).sort();
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder, "out", name)))));
}

async function freshFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, "ends-"));
  await cp(inRepository("examples/car.mp4"), join(folder, "car.mp4"));
  return folder;
}

/** An edit that is ended by any signal at any time, and then run again: the same bytes as without, and nothing left. */
export const ENDS: Kind = {
  name: "signals and kills",
  seconds: 120,
  async run(random, parent) {
    undisturbed ??= (async () => {
      const folder = await freshFolder(parent);
      const { code, stderr } = await run(folder);
      if (code !== 0) throw new Fault(`it does not run at all: ${stderr}`);
      return await bytesIn(folder);
    })();
    const expected = await undisturbed;
    const folder = await freshFolder(parent);
    const disturbances: string[] = [];
    try {
      for (let times = 1 + random.below(3); times > 0; times--) {
        const after = { ms: 50 + random.below(4000), signal: random.pick(SIGNALS) };
        disturbances.push(`${after.signal} after ${after.ms} ms`);
        const { code, stderr, seconds, signal } = await run(folder, after);
        const said = stderr.replaceAll(/^(stopped|warning: .*|verdict: .*|saved .*)$/gm, "").trim();
        if (said !== "") throw new Fault(`${disturbances.join(", ")}: it says ${said}`);
        if (signal === null && code !== 0 && code !== null && code < 128)
          throw new Fault(`${disturbances.join(", ")}: code ${code}`);
        if (code !== 0 && seconds > STOP_SECONDS)
          throw new Fault(`${disturbances.join(", ")}: ended after ${seconds.toFixed(1)} s`);
      }
      const last = await run(folder);
      if (last.code !== 0) throw new Fault(`${disturbances.join(", ")}: the next run fails: ${last.stderr}`);
      if (!(await bytesIn(folder)).equals(expected))
        throw new Fault(`${disturbances.join(", ")}: other bytes`);
      const left = (await readdir(folder)).filter((name) => !["car.mp4", "cache", "out"].includes(name));
      if (left.length > 0) throw new Fault(`${disturbances.join(", ")}: left ${left.join(", ")}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return disturbances.join(", ");
  },
};
