import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors } from "../../src/files/index.ts";
import { loadInversion } from "../../src/job/inversion-file.ts";
import { readVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { namesIn, runCli, SOURCE, TARGET, toyClip, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const clip = await toyClip(folder);
const at = (name: string): string => join(folder, name);
const quick = ["--steps", "4", "--frames", "2"];

const WORDS = ["a", "red", "car", "on", "a", "road", "under", "a", "blue", "sky"].map(
  (word, i) => `${String(i + 1).padStart(2, "0")}-${word}.png`,
);

async function picture(path: string): Promise<Frame> {
  const { frames } = await readVideo(path);
  expect(frames).toHaveLength(1);
  return frames[0]!;
}

/** Pixels of yellow: the upper end of the colour map, which nothing else in these pictures has. */
function hotPixels({ data }: Frame): number {
  let count = 0;
  for (let i = 0; i < data.length; i += 3) {
    if (data[i]! > 170 && data[i + 1]! > 170 && data[i + 2]! < 90) count++;
  }
  return count;
}

test("an edit shows its maps and masks, a comparison and both trajectories", async () => {
  const [maps, both, latents, out] = ["seen", "both.gif", "latents.safetensors", "out.mp4"].map(at);
  await mkdir(maps!);
  await writeFile(join(maps!, "overview.png"), "of an earlier run");
  const run = await runCli([
    ...["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", out!, ...quick],
    ...["--save-maps", maps!, "--maps-every", "2", "--compare", both!, "--save-latents", latents!],
    ...["--mask-words", "car", "--mask-threshold", "0.3"],
  ]);
  expect(run).toMatchObject({ code: 0, stdout: `${out}\n` });
  for (const path of [maps, both, latents]) expect(run.stderr).toContain(path);
  expect(await namesIn(maps!)).toEqual([...WORDS, "masks", "masks.png", "overview.png"].sort());

  const overview = await picture(join(maps!, "overview.png"));
  const [car, masks] = [await picture(join(maps!, "03-car.png")), await picture(join(maps!, "masks.png"))];
  // A row of 144 pixels for the frames and each word, and for the mask; the frames, the average and steps 1, 3 and 4.
  expect(overview.height).toBeGreaterThan((2 + WORDS.length) * 144);
  expect(Math.floor(car.height / 148)).toBe(5);
  expect(masks.height).toBeGreaterThan(5 * 144);
  for (const one of [overview, car]) expect(hotPixels(one)).toBeGreaterThan(50);

  const compared = await readVideo(both!);
  const result = await readVideo(out!);
  expect(compared.frames).toHaveLength(result.frames.length);
  expect(compared.frames[0]!.width).toBeGreaterThanOrEqual(2 * result.frames[0]!.width);
  // The left half shows the source, red where its car is; the gif has few colours.
  const half = compared.frames[0]!;
  const middle = ((half.height - 53) * half.width + 40) * 3;
  expect(half.data[middle]! - half.data[middle + 2]!).toBeGreaterThan(100);

  const { tensors, metadata } = await readSafetensors(latents!);
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  expect(shapes).toEqual({ source: [5, 2, 8, 16, 16], edit: [5, 2, 8, 16, 16], timesteps: [4] });
  const [source, edit] = [tensors.get("source")!.data, tensors.get("edit")!.data];
  const size = source.length / 5;
  // Both end at the same noise; the edit leaves the source on the way down.
  expect(edit.subarray(4 * size)).toEqual(source.subarray(4 * size));
  expect(edit.subarray(0, size)).not.toEqual(source.subarray(0, size));
  expect(edit.every(Number.isFinite)).toBe(true);
  expect([...tensors.get("timesteps")!.data]).toEqual([1, 251, 501, 751]);
  expect(metadata).toMatchObject({ source_prompt: SOURCE, target_prompt: TARGET, steps: "4" });
  expect(JSON.parse(metadata.settings!)).toMatchObject({ maskThreshold: 0.3 });
});

test("an inversion shows its maps; maps of the saved one are the same pictures", async () => {
  const saved = at("car.safetensors");
  const maps = ["--save-maps", at("inverted"), "--maps-every", "3"];
  const inverted = await runCli(["invert", clip, "-s", SOURCE, "-o", saved, ...quick, ...maps]);
  expect(inverted).toMatchObject({ code: 0, stdout: `${saved}\n` });
  expect((await loadInversion(saved)).steps).toBe(4);
  expect(await namesIn(at("inverted"))).toEqual([...WORDS, "overview.png"].sort());

  const shown = await runCli(["maps", clip, "-s", SOURCE, "-o", at("maps"), ...quick, "--maps-every", "3"]);
  expect(shown).toMatchObject({ code: 0, stdout: `${join(at("maps"), "overview.png")}\n` });
  expect(shown.stderr).not.toContain("Editing");
  const [a, b] = [await picture(at("inverted/03-car.png")), await picture(at("maps/03-car.png"))];
  expect(a.data).toEqual(b.data);

  const again = await runCli(["maps", saved, "-o", at("maps/")]);
  expect(again.code).toBe(0);
  expect(again.stderr).not.toContain("Inverting");
});

test("a preview is one picture, beside OUT or as OUT", async () => {
  const args = ["edit", clip, "-s", SOURCE, "-t", TARGET, "--preview", "--steps", "3"];
  const beside = await runCli([...args, "-o", at("blue.mp4")]);
  expect(beside).toMatchObject({ code: 0, stdout: `${at("blue.preview.png")}\n` });
  expect(beside.stderr).toContain("Editing    3 steps in");
  // Rows of source, result and mask.
  const sheet = await picture(at("blue.preview.png"));
  expect(sheet.width).toBeGreaterThan(4 * 144);
  expect(Math.floor(sheet.height / 148)).toBe(3);

  const saved = await runCli(["invert", clip, "-s", SOURCE, "-o", at("saved.safetensors"), "--steps", "2"]);
  expect(saved.code).toBe(0);
  const whole = ["edit", at("saved.safetensors"), "-t", `watercolor painting of ${SOURCE}`, "--preview"];
  const own = await runCli([...whole, "-o", at("look.png")]);
  expect(own).toMatchObject({ code: 0, stdout: `${at("look.png")}\n` });
  expect(own.stderr).toContain("Editing    10 steps in");
  expect(Math.floor((await picture(at("look.png"))).height / 148)).toBe(2);
  expect(await namesIn(folder)).not.toContain("blue.mp4");
});

test("what a preview would not do is refused, and so are maps of which there are none", async () => {
  const args = ["edit", clip, "-s", SOURCE, "-t", TARGET, "-o", at("no.mp4")];
  const useless = await runCli([...args, "--preview", "--compare", at("no.gif"), "--save-maps", at("no")]);
  expect(useless).toMatchObject({ code: 2, stdout: "" });
  expect(useless.stderr).toContain("--compare and --save-maps would have no effect");
  const wide = await runCli([...args, "--compat", "fatezero", "--size", "72", "--save-maps", at("no")]);
  expect(wide.code).not.toBe(0);
  expect((await namesIn(folder)).filter((name) => name.startsWith("no"))).toEqual([]);
});
