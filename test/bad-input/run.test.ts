/** Faults of the command line, of places and of the machine, through the program as a user meets them. */
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  childrenOf,
  namesIn,
  runCli,
  SOURCE,
  startCli,
  TARGET,
  toyClip,
  workFolder,
} from "../cli/run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 2);
await writeFile(join(folder, "file"), "a file");
const edit = ["edit", clip, "-s", SOURCE, "-t", TARGET, "--steps", "1"];
const to = (path: string): string[] => [...edit, "-o", path];
const out = join(folder, "out.mp4");

async function refused(args: readonly string[], code: number, ...said: readonly string[]): Promise<void> {
  const run = await runCli(args);
  expect(run.stderr).toMatch(/^error: /m);
  for (const text of said) expect(run.stderr).toContain(text);
  expect(run.stderr).not.toMatch(/\n {4}at /);
  expect(run.stderr).not.toContain("Inverting");
  expect(run).toMatchObject({ code, stdout: "" });
}

test.concurrent.each<[string, number, string, string[]]>([
  ["an unknown preset", 2, "Allowed choices are style", [...to(out), "--preset", "magic"]],
  ["a strength out of range", 2, "from 0 to 1", [...to(out), "--strength", "1.5"]],
  ["a strength that is none", 2, "from 0 to 1", [...to(out), "--strength", "much"]],
  ["negative steps", 2, "1 to 1000", [...to(out), "--steps", "-3"]],
  ["too many steps", 2, "1 to 1000", [...to(out), "--steps", "1001"]],
  ["a negative guidance", 2, "from 0 to 10000", [...to(out), "--guidance", "-1"]],
  ["an infinite guidance", 2, "from 0 to 10000", [...to(out), "--guidance", "Infinity"]],
  ["a share out of range", 2, "share of the steps", [...to(out), "--self-steps", "1.2"]],
  ["a window that ends before it begins", 2, "share of the steps", [...to(out), "--cross-steps", "0.7-0.1"]],
  ["a negative amplification", 2, "WORD=N", [...to(out), "--amplify", "blue=-1"]],
  ["no frames", 2, "1 or more", [...to(out), "--frames", "0"]],
  ["a frame rate of 0", 2, "above 0", [...to(out), "--fps", "0"]],
  ["a size of 0", 2, "1 to 16384", [...to(out), "--size", "0"]],
  ["a size below the model's", 2, "multiples of", [...to(out), "--size", "8"]],
  ["a size that compat cannot take", 2, "squares", [...to(out), "--size", "100", "--compat", "fatezero"]],
  ["an output without an extension", 1, "no extension", to(join(folder, "out"))],
  ["an output of an unknown extension", 1, '".avi"', to(join(folder, "out.avi"))],
  ["an output below a file", 1, "cannot be written", to(join(folder, "file", "out.mp4"))],
  ["an output folder below a file", 1, "cannot be written", to(`${join(folder, "file", "frames")}/`)],
  [
    "an inversion below a file",
    1,
    "cannot be written",
    ["invert", clip, "-s", SOURCE, "-o", join(folder, "file", "a.safetensors")],
  ],
  ["a folder where a file is", 1, "file of that name exists", to(`${join(folder, "file")}/`)],
])("%s", async (_, code, said, args) => refused(args, code, said));

test.skipIf(process.platform !== "linux").each(["/proc/out.mp4", "/proc/frames/", "/sys/out.gif"])(
  "a place where nothing can be made: %s",
  async (path) => refused(to(path), 1, `"${path}"`, "cannot be written"),
);

test("a limit of the cache that is none", async () => {
  const run = await runCli(to(out), { FATEZERO_CACHE_LIMIT: "plenty" });
  expect(run).toMatchObject({ code: 2, stdout: "" });
  expect(run.stderr).toContain('error: FATEZERO_CACHE_LIMIT is "plenty"');
});

test("values that are not finite name the step", async () => {
  const run = await runCli([
    ...to(out),
    "--guidance",
    "10000",
    "--amplify",
    "blue=1e300",
    "--preset",
    "style",
  ]);
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(run.stderr).toMatch(/error: Step 1 of the edit \(timestep \d+\) gave values that are not finite/);
  expect(run.stderr).not.toContain("goes on from there");
});

test.skipIf(process.platform === "win32")("the process that computes is killed", async () => {
  const run = startCli([...edit.slice(0, -1), "200", "-o", out]);
  await run.said("Inverting  200 steps");
  for (const pid of await childrenOf(run.child.pid!)) process.kill(pid, "SIGKILL");
  const { code, stdout, stderr } = await run.ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("error: The process that runs ONNX Runtime was killed by SIGKILL");
  expect(stderr).toContain("Use fewer frames or a smaller size");
  expect(stderr).not.toMatch(/\n {4}at /);
});

function canMount(): boolean {
  try {
    execFileSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "ignore" });
    return process.getuid?.() === 0;
  } catch {
    console.warn("The tests of full and read-only disks are left out: they need root, to mount small ones.");
    return false;
  }
}

describe.skipIf(!canMount())("a disk", () => {
  const [small, sealed] = [join(folder, "small"), join(folder, "sealed")];
  let mounted: string[] = [];
  beforeAll(async () => {
    for (const [disk, options] of [
      [small, "size=8k"],
      [sealed, "ro"],
    ] as const) {
      await mkdir(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]);
      mounted = [...mounted, disk];
    }
    await writeFile(join(small, "filler"), new Uint8Array(8192));
  });
  afterAll(() => {
    for (const disk of mounted) execFileSync("umount", [disk]);
  });

  test.each([
    ["a video", to(join(small, "out.mp4"))],
    ["an animation", to(join(small, "out.gif"))],
    ["a folder of frames", to(`${join(small, "frames")}/`)],
    ["an inversion", ["invert", clip, "-s", SOURCE, "-o", join(small, "a.safetensors"), "--steps", "1"]],
  ])("that is full: %s", async (_, args) => {
    await refused(args, 1, "at least, and 0 kB are free there. Free some space or choose another disk.");
    expect(await namesIn(small)).toEqual(["filler"]);
  });

  test("that is full: the cache. It is told, and the work is done", async () => {
    const run = await runCli([...to(join(folder, "done.mp4"))], { FATEZERO_CACHE: small });
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/warning: The state of the work is not kept .*no space left/);
    expect(await namesIn(small)).toEqual(["filler"]);
  });

  test("that is read-only", async () => {
    await refused(to(join(sealed, "out.mp4")), 1, "cannot be written");
    const run = await runCli([...to(join(folder, "done.mp4"))], { FATEZERO_CACHE: join(sealed, "cache") });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("warning: The state of the work is not kept");
  });
});

afterAll(async () => {
  expect(await namesIn(folder)).not.toContain("out.mp4");
});
