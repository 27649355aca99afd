/** A run that is killed at any moment, and the same command again: the same frames as a run that was left alone. */
import { watch } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createFolderStore } from "../../src/job/folder-store.ts";
import {
  type Ended,
  namesIn,
  type Running,
  runCli,
  SOURCE,
  startCli,
  TARGET,
  toyClip,
  workFolder,
} from "../cli/run-cli.ts";

const STEPS = 14;
const folder = await workFolder();
const clip = await toyClip(folder, 2);
const args = ["edit", clip, "-s", SOURCE, "-t", TARGET, "--steps", String(STEPS)];

async function framesIn(name: string): Promise<Buffer[]> {
  const names = (await readdir(join(folder, name))).filter((file) => file.endsWith(".png")).sort();
  return Promise.all(names.map((file) => readFile(join(folder, name, file))));
}

type Kind = "invert" | "nulltext" | "edit";

async function stepOf(cache: string, kind: Kind): Promise<number> {
  const states = await createFolderStore({ folder: cache, limit: 0, version: "" }).list();
  return states.find(({ key }) => key.startsWith(kind))?.state?.step ?? 0;
}

/** A command that can be started again and again, and what it leaves. */
interface Work {
  readonly start: () => Running;
  readonly cache: string;
  readonly out: string;
}

/**
 * Ends a run by a signal when its state is at a step or further, but not at the last. How often a state is saved follows how
 * long that takes: where a busy machine saved none in between, all is put back as it was, and the run begins again.
 */
async function endAmid(
  work: Work,
  signal: NodeJS.Signals,
  kind: Kind,
  step: number,
  said = "",
): Promise<Ended> {
  const { start, cache, out } = work;
  const before = join(folder, "before");
  for (let attempt = 0; attempt < 10; attempt++) {
    await rm(before, { recursive: true, force: true });
    await cp(cache, before, { recursive: true });
    const run = start();
    await run.said(said);
    while (run.child.exitCode === null && (await stepOf(cache, kind)) < step)
      await new Promise((resolve) => setTimeout(resolve, 5));
    run.child.kill(signal);
    const ended = await run.ended;
    const reached = await stepOf(cache, kind);
    if (reached >= step && reached < STEPS) return ended;
    for (const path of [cache, out]) await rm(path, { recursive: true, force: true });
    await rename(before, cache);
  }
  throw new Error(`In none of ten runs a state between step ${step} and the last was kept.`);
}

/** Resolves when a name appears in a folder. */
function appears(where: string, pattern: RegExp): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(where, (_, name) => {
      if (!name || !pattern.test(name)) return;
      watcher.close();
      resolve();
    });
  });
}

const cacheOf = async (name: string): Promise<string> => {
  const cache = join(folder, "caches", name);
  await mkdir(cache, { recursive: true });
  return cache;
};

async function kill(run: Running): Promise<void> {
  run.child.kill("SIGKILL");
  await run.ended;
}

describe.skipIf(process.platform === "win32")("kill -9 and the same command again", async () => {
  const whole = await runCli([...args, "-o", `${join(folder, "whole")}/`, "--no-resume"], {
    FATEZERO_CACHE: await cacheOf("none"),
  });

  test("--no-resume leaves nothing", async () => {
    expect(whole.code).toBe(0);
    expect(await namesIn(await cacheOf("none"))).toEqual([]);
  });

  const cache = await cacheOf("killed");
  const out = join(folder, "killed");
  const start = (): Running => startCli([...args, "-o", `${out}/`], { FATEZERO_CACHE: cache });
  const work = { start, cache, out };
  const hidden = /^\.fatezero\..*\.tmp$/;
  const resumed = async (run: Running): Promise<string> => {
    await run.said("resumed");
    return "resumed";
  };

  // Each run goes on from where the one before was killed.
  test("in the inversion", async () => {
    await endAmid(work, "SIGKILL", "invert", 2);
    expect(await namesIn(folder)).not.toContain("killed");
  });

  test("while a state is being written", async () => {
    const run = start();
    await resumed(run);
    await appears(cache, /^invert.*\.partial$/);
    await kill(run);
  });

  test("in the edit", async () => {
    await endAmid(work, "SIGKILL", "edit", 3, "resumed");
  });

  test("in the edit again, further on", async () => {
    await endAmid(work, "SIGKILL", "edit", 7, "the edit goes on after step");
  });

  test("while the frames are being written", async () => {
    const run = start();
    await run.said("the edit goes on after step");
    await appears(folder, hidden);
    await kill(run);
    expect(await namesIn(folder)).not.toContain("killed");
  });

  test("and then it gives the same frames, and keeps the inversion only", async () => {
    const last = await start().ended;
    expect(last.code).toBe(0);
    expect(last.stderr).toContain("the inversion is taken from an earlier run");
    expect(last.stderr).toContain("the edit is taken from an earlier run");
    expect(await framesIn("killed")).toEqual(await framesIn("whole"));
    expect((await framesIn("killed")).length).toBe(2);
    // The leftovers of those that were killed are gone, too.
    expect(await namesIn(cache)).toEqual([expect.stringMatching(/^invert-.*\.safetensors$/)]);
    expect((await namesIn(folder)).filter((name) => hidden.test(name))).toEqual([]);
  });

  test("a second edit of the clip needs no inversion; --no-resume makes it anew", async () => {
    const green = "a green car on a road under a blue sky";
    const other = ["edit", clip, "-s", SOURCE, "-t", green, "--steps", String(STEPS)];
    const second = await runCli([...other, "-o", join(folder, "green.mp4")], { FATEZERO_CACHE: cache });
    expect(second.stderr).toContain("the inversion is taken from an earlier run");
    expect(second.stderr).not.toContain("Inverting");
    const anew = await runCli(
      [
        "invert",
        clip,
        "-s",
        SOURCE,
        "-o",
        join(folder, "a.safetensors"),
        "--steps",
        String(STEPS),
        "--no-resume",
      ],
      { FATEZERO_CACHE: cache },
    );
    expect(anew.stderr).toContain(`Inverting  ${STEPS} steps`);
  });
});

// A state is written between steps, so what comes right after one is amid the chunks of the next step.
test.skipIf(process.platform === "win32")("kill -9 amid the chunks of a step, and again", async () => {
  await mkdir(join(folder, "four"));
  const four = await toyClip(join(folder, "four"), 4);
  const line = ["edit", four, "-s", SOURCE, "-t", TARGET, "--steps", String(STEPS)];
  const atOnce = await runCli([...line, "-o", `${join(folder, "at-once")}/`, "--no-resume"]);
  expect(atOnce.code).toBe(0);
  const work = { cache: await cacheOf("chunked"), out: join(folder, "chunked") };
  const start = (): Running =>
    startCli([...line, "--chunk", "1", "-o", `${work.out}/`], { FATEZERO_CACHE: work.cache });
  await endAmid({ start, ...work }, "SIGKILL", "invert", 3);
  await endAmid({ start, ...work }, "SIGKILL", "edit", 3, "resumed");
  const last = await start().ended;
  expect(last.code).toBe(0);
  expect(last.stderr).toMatch(/the edit goes on after step \d+ of/);
  expect(last.stderr).toMatch(/4 frames, 2 at a time/);
  expect(await framesIn("chunked")).toEqual(await framesIn("at-once"));
});

describe.skipIf(process.platform === "win32")("null-text inversion, killed and started again", async () => {
  const out = join(folder, "null-text.safetensors");
  const cache = await cacheOf("null-text");
  const line = ["invert", clip, "-s", SOURCE, "-o", out, "--steps", String(STEPS), "--null-text", "3"];
  const start = (): Running => startCli(line, { FATEZERO_CACHE: cache });

  test("gives the same file", async () => {
    expect((await runCli([...line, "--no-resume"])).code).toBe(0);
    const whole = await readFile(out);
    await rm(out);
    await endAmid({ start, cache, out }, "SIGKILL", "nulltext", 3);
    expect(await namesIn(folder)).not.toContain("null-text.safetensors");
    const last = await start().ended;
    expect(last.code).toBe(0);
    expect(last.stderr).toContain("the inversion is taken from an earlier run");
    expect(last.stderr).toMatch(/the null-text inversion goes on after step \d+ of 14 of an earlier run/);
    expect(await readFile(out)).toEqual(whole);
    const again = await start().ended;
    expect(again.stderr).toContain("the null-text inversion is taken from an earlier run");
    expect(await readFile(out)).toEqual(whole);
  });

  test("is what an edit of it takes, and keeps to its guidance", async () => {
    const edit = ["edit", out, "-t", TARGET, "-o", `${join(folder, "null-text")}/`];
    const { code, stderr } = await runCli(edit);
    expect(code).toBe(0);
    expect(stderr).toContain("null-text for a guidance scale of 2");
    expect(stderr).not.toContain("warning");
    const other = await runCli([...edit, "--guidance", "5"]);
    expect(other.stderr).toMatch(
      /warning: .*null-text embeddings were optimised for a guidance scale\s+of 2/,
    );
    const negative = await runCli([...edit, "--negative", "a bus"]);
    expect(negative.code).toBe(1);
    expect(negative.stderr).toMatch(/--negative has no place/);
  });

  test("needs to be asked for before what belongs to it", async () => {
    const without = line.filter((word) => word !== "--null-text" && word !== "3");
    const { code, stderr } = await runCli([...without, "--null-text-per-frame"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--null-text-per-frame would have no effect");
  });
});

describe.skipIf(process.platform === "win32")("Ctrl-C and the same command again", async () => {
  const cache = await cacheOf("stopped");
  const out = join(folder, "stopped");
  const start = (): Running => startCli([...args, "-o", `${out}/`], { FATEZERO_CACHE: cache });

  test.each([
    ["invert", "the inversion"],
    ["edit", "the edit"],
  ] as const)("in the %s", async (kind, what) => {
    const { code, stderr } = await endAmid({ start, cache, out }, "SIGINT", kind, 3);
    expect(code).toBe(130);
    expect(stderr).toMatch(new RegExp(`saved +${what} is kept at step \\d+ of ${STEPS}`));
    expect(stderr).toMatch(/\nstopped\n$/);
  });

  test("gives the same frames", async () => {
    const last = await start().ended;
    expect(last.stderr).toMatch(/the edit goes on after step \d+ of/);
    expect(await framesIn("stopped")).toEqual(await framesIn("whole"));
  });

  test("two at once do not disturb each other", async () => {
    const both = await cacheOf("both");
    const twins = [1, 2].map((n) =>
      startCli([...args, "-o", `${join(folder, `twin${n}`)}/`], { FATEZERO_CACHE: both }),
    );
    for (const { ended } of twins) expect((await ended).code).toBe(0);
    for (const n of [1, 2]) expect(await framesIn(`twin${n}`)).toEqual(await framesIn("whole"));
  });
});

test("a damaged state is told, ignored and replaced; the cache is listed and cleared", async () => {
  const { writeFile } = await import("node:fs/promises");
  const env = { FATEZERO_CACHE: await cacheOf("damaged") };
  const invert = ["invert", clip, "-s", SOURCE, "-o", join(folder, "b.safetensors"), "--steps", "2"];
  expect((await runCli(invert, env)).code).toBe(0);
  const [name] = await namesIn(env.FATEZERO_CACHE);
  const sound = await readFile(join(env.FATEZERO_CACHE, name!));
  await writeFile(join(env.FATEZERO_CACHE, name!), sound.subarray(0, 500));
  const again = await runCli(invert, env);
  expect(again.code).toBe(0);
  expect(again.stderr).toContain("warning: What an earlier run left is ignored");
  expect(await readFile(join(env.FATEZERO_CACHE, name!))).toEqual(sound);

  const list = await runCli(["cache", "list"], env);
  expect(list.stdout).toContain(`inversion of 2 frames 128x128, "${SOURCE}", all 2 steps`);
  expect(list.stdout).toContain(`1 state, `);
  expect((await runCli(["cache", "path"], env)).stdout).toBe(`${env.FATEZERO_CACHE}\n`);
  expect((await runCli(["cache", "clear"], env)).stdout).toContain("removed 1 file");
  expect(await namesIn(env.FATEZERO_CACHE)).toEqual([]);
  const limited = await runCli(invert, { ...env, FATEZERO_CACHE_LIMIT: "10k" });
  expect(limited.code).toBe(0);
  expect(limited.stderr).toContain("warning: The state of the work is not kept");
});
