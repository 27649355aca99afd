/** `--remove` from the command line to the frames: no target, the thing gone, the rest kept, and all said again by what is told. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readConfig } from "../../src/config/index.ts";
import { editJob } from "../../src/job/edit.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { psnr } from "../../src/metrics/index.ts";
import { inWords } from "../../src/say.ts";
import { readVideo } from "../../src/video/index.node.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { SOURCE, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder, 3);
const base = [clip, "-s", SOURCE, "--remove", "car", "--steps", "6", "--no-resume"];

const removed = async (name: string, args: readonly string[]) => {
  const out = `${join(folder, name)}/`;
  const request = await parseEdit([...args, "-o", out]);
  const events = await inProcess(async (watched) => {
    await editJob(request, watched.session);
    return watched.events;
  });
  return { frames: (await readVideo(out)).frames, events };
};

test("a removal needs no target, keeps what is around, and says what is made up and how to do it again", async () => {
  const { frames, events } = await removed("gone", base);
  const source = (await readVideo(clip)).frames;
  const { width } = source[0]!;
  const inBox = (f: number, i: number): number => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Number(x >= 20 + 8 * f && x < 64 + 8 * f && y >= 60 && y < 90);
  };
  const isRed = ({ data }: (typeof frames)[number], f: number): number => {
    let sum = 0;
    for (let i = 0; i < data.length / 3; i++) sum += inBox(f, i) * (data[3 * i]! - data[3 * i + 1]!);
    return sum / (44 * 30);
  };
  expect(isRed(source[1]!, 1)).toBeGreaterThan(150);
  expect(Math.abs(isRed(frames[1]!, 1))).toBeLessThan(60);
  expect(psnr(frames, source, (f, i) => 1 - inBox(f, i))!).toBeGreaterThan(20);
  const codes = events.flatMap((event) => (event.type === "verdict" ? [event.code] : []));
  expect(codes).toContain("made-up");
  const [plan] = events.flatMap((event) => (event.type === "plan" ? [inWords(event.explanation)] : []));
  expect(plan).toMatch(/^Removes red car: the target is "a road under a blue sky"/);
  const [told] = events.flatMap((event) => (event.type === "settings" ? [event.arguments] : []));
  expect(told).toEqual(expect.arrayContaining(["--remove", "car", "--preset", "remove"]));
  expect(told).not.toContain("-t");
  // The command line that is told is one, and gives the same.
  const at = told!.findIndex((word) => word === "-o" || word === "--out");
  const rest = told!.filter((_, k) => k !== 0 && k !== at && k !== at + 1);
  expect((await removed("again", [...rest, "--no-resume"])).frames).toEqual(frames);
});

test("a config says it without editing prompts", async () => {
  const request = await parseEdit([...base, "-o", join(folder, "gone.mp4")]);
  const text = await inProcess(({ session }) => printConfig(request, session));
  const { config, warnings } = readConfig(text, "gone.yaml");
  expect(warnings).toEqual([]);
  expect(config.edits.map(({ knobs }) => [knobs.prompt, knobs.remove])).toEqual([[undefined, ["car"]]]);
});

test("what has no effect on a removal is refused, and so is nothing to do", async () => {
  const out = ["-o", join(folder, "no.mp4")];
  const refuse = async (...args: readonly string[]) => {
    const request = await parseEdit([...base, ...out, ...args]);
    return inProcess(({ session }) => editJob(request, session)).then(
      () => "done",
      (error: Error) => error.message,
    );
  };
  expect(await refuse("-t", "a road")).toMatch(/target would have no effect/);
  expect(await refuse("--compat", "fatezero")).toMatch(/remove would have no effect/);
  expect(await refuse("--method", "ddim")).toMatch(/remove would have no effect/);
});
