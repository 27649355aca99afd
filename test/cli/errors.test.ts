import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fixture } from "../support/fixtures.ts";
import { namesIn, runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 2);
await writeFile(join(folder, "notes.mp4"), "no video");
// The index is whole, the pictures are not.
const car = readFileSync(new URL("../../examples/car.mp4", import.meta.url));
await writeFile(join(folder, "cut.mp4"), car.subarray(0, 3000));
const out = join(folder, "out.mp4");
const whole = ["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", out];

test.concurrent.each<[string, number, string, string[]]>([
  ["an unknown command", 2, "Did you mean edit?", ["edti"]],
  ["an unknown option", 2, "Did you mean --steps?", [...whole, "--step", "3"]],
  [
    "an option of the other command",
    2,
    'it belongs to "fatezero edit"',
    ["invert", clip, "-s", SOURCE, "-o", out, "--guidance", "3"],
  ],
  ["no quotes", 2, "A sentence needs quotes", ["edit", clip, "-s", "a", "red", "car", "-t", "b", "-o", out]],
  ["no target", 2, "'-t, --target <prompt>' not specified", ["edit", clip, "-s", SOURCE, "-o", out]],
  ["nothing but the input", 2, "options '-t, --target <prompt>' and '-o, --out <path>' not", ["edit", clip]],
  [
    "a captioner beside the source",
    2,
    "--captioner would have no effect: --source says what the clip shows",
    [...whole, "--captioner", "tinytown"],
  ],
  ["a missing captioner", 1, "There is no captioner", ["describe", clip, "--model", join(folder, "none")]],
  [
    "a captioner that is a model",
    1,
    "lists no sentences",
    ["describe", clip, "--model", fixture("models/micro-sd")],
  ],
  ["a description of what is no video", 1, "is not a video", ["describe", join(folder, "notes.mp4")]],
  ["too many beams", 2, "'--beams <n>' argument '17'", ["describe", clip, "--beams", "17"]],
  ["a number that is none", 2, "'--guidance <scale>' argument 'x'", [...whole, "--guidance", "x"]],
  ["a fraction", 2, "'--steps <n>' argument '2.5'", [...whole, "--steps", "2.5"]],
  ["a number out of range", 2, "'--mask-threshold <tau>' argument '2'", [...whole, "--mask-threshold", "2"]],
  ["a frame list", 2, "'--attend <list>' argument '0,x'", [...whole, "--attend", "0,x"]],
  ["a LoRA without a file", 2, "argument ':0.5' is invalid. It names no file", [...whole, "--lora", ":0.5"]],
  [
    "a useless option",
    2,
    "--amplify blue would have no effect",
    [...whole, "--amplify", "blue=2", "--cross-steps", "0"],
  ],
  [
    "a video that is cut off",
    1,
    "has no frames that can be read: it is empty or cut off",
    ["edit", join(folder, "cut.mp4"), "-s", SOURCE, "-t", TARGET, "-o", out],
  ],
  ["a size below the model's", 2, "--size 8 is too small", [...whole, "--size", "8"]],
  ["a wrong word", 1, '"horse" is not in the source prompt', [...whole, "--mask-words", "horse"]],
  ["a missing input", 1, "does not exist", ["edit", "no.mp4", "-s", SOURCE, "-t", TARGET, "-o", out]],
  [
    "no video",
    1,
    "is not a video",
    ["edit", join(folder, "notes.mp4"), "-s", SOURCE, "-t", TARGET, "-o", out],
  ],
  ["too few frames", 1, "has 2 frames", [...whole, "--frames", "3"]],
  ["a missing model", 1, "There is no model", [...whole, "--model", join(folder, "none")]],
  [
    "an unknown format",
    1,
    '".avi"',
    ["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", join(folder, "out.avi")],
  ],
  ["an inversion as mp4", 1, ".safetensors", ["invert", clip, "-s", SOURCE, "-o", out]],
  [
    "a place that cannot be",
    1,
    "cannot be written",
    ["invert", clip, "-s", SOURCE, "-o", join(folder, "notes.mp4", "a.safetensors")],
  ],
])("%s", async (_, code, message, args) => {
  const run = await runCli(args);
  expect(run.stderr).toContain("error: ");
  expect(run.stderr).toContain(message);
  expect(run.stderr).not.toMatch(/\n {4}at /);
  expect(run.stderr).not.toContain("Inverting");
  expect(run).toMatchObject({ code, stdout: "" });
});

test("--debug shows where an error comes from", async () => {
  const run = await runCli([...whole, "--mask-words", "horse", "--debug"]);
  expect(run.stderr).toMatch(/\n {4}at .*[\\/]prompt[\\/]/);
});

test("help teaches by example, and with the version comes at once", async () => {
  const help = await runCli(["edit", "--help"]);
  expect(help.code).toBe(0);
  expect(help.stdout).toContain(`fatezero edit examples/car.mp4 -s "${SOURCE}" -t "${TARGET}" -o blue.mp4`);
  const version = await runCli(["--version"]);
  const { version: expected } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(version).toMatchObject({ code: 0, stdout: `${expected}\n` });
});

afterAll(async () => {
  expect(await namesIn(folder)).toEqual(["clip", "cut.mp4", "notes.mp4"]);
});
