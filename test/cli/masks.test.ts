/** Masks given by people to `fatezero edit` and `run`. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { editJob } from "../../src/job/edit.ts";
import { previewJob } from "../../src/job/preview.ts";
import { printConfig } from "../../src/job/print-config.ts";
import { runJob } from "../../src/job/run/run.ts";
import { inWords } from "../../src/say.ts";
import { readMetadata, readVideo, writeVideo } from "../../src/video/index.node.ts";
import type { Frame } from "../../src/video/index.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { namesIn, SOURCE, TARGET, workFolder } from "./run-cli.ts";

const folder = await workFolder();
const at = (...names: string[]): string => join(folder, ...names);
const clip = at("clip/");
const SIDE = 128;
/** Phases that take long. */
const WORK = ["encode", "invert", "edit"];
const FRAMES = 6;

/** A clip of one colour of grey for each place and frame. */
function pictures(
  frames: number,
  width: number,
  height: number,
  grey: (f: number, x: number, y: number) => number,
): Frame[] {
  return Array.from({ length: frames }, (_, f) => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++)
      data.fill(grey(f, i % width, Math.floor(i / width)), 3 * i, 3 * i + 3);
    return { width, height, data };
  });
}

const left = (_: number, x: number): number => (x < SIDE / 2 ? 255 : 0);

async function made(name: string, frames: readonly Frame[]): Promise<string> {
  await writeVideo(at(name), frames, { fps: 8 });
  return at(name);
}

beforeAll(async () => {
  const { frames } = await readVideo("examples/car.mp4", { frames: FRAMES });
  await writeVideo(clip, frames, { fps: 8 });
  await made("left.png", pictures(1, SIDE, SIDE, left));
  await made(
    "black.png",
    pictures(1, SIDE, SIDE, () => 0),
  );
  await made(
    "white.png",
    pictures(1, SIDE, SIDE, () => 255),
  );
});

const line = (...args: string[]): string[] => [clip, "-s", SOURCE, "-t", TARGET, "--steps", "3", ...args];

/** Runs an edit; what it reported, in words. */
async function edited(...args: string[]) {
  const request = await parseEdit([...line(...args), "--no-resume"]);
  return inProcess(async ({ session, events }) => {
    await editJob(request, session);
    return events;
  });
}

/** The error of an edit, which must come before any step of work. */
async function refused(...args: string[]): Promise<{ code: string; text: string }> {
  const request = await parseEdit([...line("-o", at("refused.mp4"), "--no-resume", ...args)]);
  return inProcess(async ({ session, events }) => {
    const error = await editJob(request, session).then(
      () => null,
      (reason) => reason,
    );
    expect(error, `nothing was refused: ${args.join(" ")}`).not.toBeNull();
    expect(events.some((event) => event.type === "phase" && WORK.includes(event.phase))).toBe(false);
    const { what, remedy } = error.said;
    return { code: error.code, text: `${inWords(what)} ${inWords(remedy)}` };
  });
}

const framesIn = async (path: string) => (await readVideo(path)).frames;

/** Pixels of the right half in which two clips differ, and of the left. */
function differing(a: readonly Frame[], b: readonly Frame[]): { left: number; right: number } {
  const counts = { left: 0, right: 0 };
  for (const [f, { data }] of a.entries())
    for (let i = 0; i < data.length; i += 3)
      if ([0, 1, 2].some((c) => data[i + c] !== b[f]!.data[i + c]))
        counts[(i / 3) % SIDE < SIDE / 2 ? "left" : "right"]++;
  return counts;
}

test("a mask keeps the clip's own pixels outside; it is told, and stands in the result", async () => {
  const events = await edited("-o", at("out/"), "--mask", at("left.png"), "--frames", "2");
  const source = (await framesIn(clip)).slice(0, 2);
  const { left: inside, right: outside } = differing(await framesIn(at("out")), source);
  expect(outside).toBe(0);
  expect(inside).toBeGreaterThan(2000);
  const fact = events.find((event) => event.type === "fact" && event.name === "mask");
  expect(fact).toMatchObject({
    text: expect.stringContaining("one picture for all frames, at 128x128 50.0 % white"),
  });
  const metadata = await readMetadata(at("out", "00000.png"));
  expect(JSON.parse(metadata?.arguments ?? "")).toEqual(expect.arrayContaining(["--mask", at("left.png")]));
});

test("a mask of the whole clip follows its range and its crop, at any size", async () => {
  // White moves a sixteenth of the picture each frame; twice the clip's size.
  const moving = await made(
    "moving/",
    pictures(FRAMES, 2 * SIDE, 2 * SIDE, (f, x) => (x >= 32 * f && x < 32 * f + 64 ? 255 : 0)),
  );
  await edited("-o", at("some/"), "--mask", moving, "--start", "1", "--stride", "2", "--frames", "2");
  const source = await framesIn(clip);
  for (const [k, frame] of (await framesIn(at("some"))).entries()) {
    const f = 1 + 2 * k;
    for (let i = 0; i < frame.data.length; i++) {
      const x = Math.floor(i / 3) % SIDE;
      // Shrunk, an edge covers a pixel more.
      if (x < 16 * f - 1 || x >= 16 * f + 33) expect(frame.data[i]).toBe(source[f]!.data[i]);
    }
  }
  await edited("-o", at("cut/"), "--mask", at("left.png"), "--frames", "1", "--crop", "0,64,0,64");
  const [cut] = await framesIn(at("cut"));
  const [whole] = (
    await readVideo(clip, {
      frames: 1,
      crop: { right: 64, bottom: 64 },
      fit: () => ({ width: SIDE, height: SIDE }),
    })
  ).frames;
  // The left half of the whole is all of the cut.
  const { left: a, right: b } = differing([cut!], [whole!]);
  expect(Math.min(a, b)).toBeGreaterThan(1000);
});

describe("before the work", () => {
  test.each([
    ["another length", ["--mask", "three/"], "mask-length", "three/"],
    [
      "another length to protect",
      ["--protect", "three/"],
      "mask-length",
      "one for each of the 6 of the whole clip",
    ],
    ["another shape", ["--mask", "wide.png"], "mask-shape", "is 256x64"],
    ["black", ["--mask", "black.png"], "mask-blank", "black in every frame"],
    ["a mask that is not there", ["--mask", "none.png"], "input-missing", "none.png"],
    ["all protected", ["--protect", "white.png"], "protect-everything", "the whole picture"],
    [
      "the mask protected",
      ["--mask", "left.png", "--protect", "left.png"],
      "protect-everything",
      "all that mask marks",
    ],
    ["a mode alone", ["--mask-mode", "cut"], "mask-conflict", "Add mask"],
    [
      "what the mask is made of",
      ["--mask", "left.png", "--mask-from", "attention"],
      "usage",
      "takes the place",
    ],
    ["its words", ["--mask", "left.png", "--mask-words", "car"], "mask-conflict", "takes the place"],
    [
      "the released code",
      ["--mask", "left.png", "--compat", "fatezero"],
      "mask-conflict",
      "takes no mask by hand",
    ],
    ["another method", ["--mask", "left.png", "--method", "ddim"], "usage", "would have no effect"],
    [
      "a mask that is written over",
      ["--mask", "maps/masks", "--save-maps", "maps"],
      "output-is-input",
      "maps",
    ],
  ])("%s is refused", async (_, args, code, text) => {
    await made("three/", pictures(3, SIDE, SIDE, left));
    await made("wide.png", pictures(1, 256, 64, left));
    await mkdir(at("maps", "masks"), { recursive: true });
    const paths = args.map((arg) => (/\.png$|\/$|maps/.test(arg) && !arg.startsWith("-") ? at(arg) : arg));
    const fault = await refused("--frames", "4", ...paths);
    expect(fault).toMatchObject({ code, text: expect.stringContaining(text) });
  });

  test("an almost white mask is asked about, and the work goes on", async () => {
    const events = await edited("-o", at("asked.png"), "--mask", at("white.png"), "--frames", "1");
    const warning = events.find((event) => event.type === "warning" && event.code === "mask-almost-white");
    expect(warning && "message" in warning && inWords(warning.message)).toContain("100.0 % white");
  });
});

test("a mask that --save-maps wrote is painted over and given back", async () => {
  await edited("-o", at("auto/"), "--frames", "2", "--save-maps", at("seen"));
  expect(await namesIn(at("seen", "masks"))).toEqual(["00000.png", "00001.png"]);
  const masks = await framesIn(at("seen", "masks"));
  expect(masks[0]).toMatchObject({ width: SIDE, height: SIDE });
  const own = masks[0]!.data.filter((value) => value > 127).length / masks[0]!.data.length;
  expect(own).toBeGreaterThan(0.02);
  expect(own).toBeLessThan(0.9);
  // The right half is painted black.
  const painted = masks.map((frame) => ({
    ...frame,
    data: frame.data.map((value, i) => (Math.floor(i / 3) % SIDE < SIDE / 2 ? value : 0)) as Uint8Array,
  }));
  await made("painted/", painted);
  await edited("-o", at("back/"), "--frames", "2", "--mask", at("painted"), "--save-maps", at("again"));
  const source = (await framesIn(clip)).slice(0, 2);
  expect(differing(await framesIn(at("back")), source).right).toBe(0);
  expect((await framesIn(at("again", "masks"))).map(({ data }) => data)).toEqual(
    painted.map(({ data }) => data),
  );
  // Maps with masks in them are replaced as maps are, unless something else was put there.
  await edited("-o", at("auto/"), "--frames", "2", "--save-maps", at("seen"));
  await writeFile(at("seen", "masks", "notes.txt"), "mine");
  expect(await refused("--frames", "2", "--save-maps", at("seen"))).toMatchObject({
    code: "output-not-replaceable",
  });
});

test("a config names them near it, a run and its command line give the same, and its settings name them in full", async () => {
  await mkdir(at("configs"), { recursive: true });
  await made(
    "configs/face.png",
    pictures(1, SIDE, SIDE, (_, __, y) => (y < 32 ? 255 : 0)),
  );
  const args = [
    "-o",
    at("both/"),
    "--mask",
    at("left.png"),
    "--mask-mode",
    "cut",
    "--protect",
    at("configs", "face.png"),
  ];
  const request = await parseEdit(line(...args, "--frames", "2", "--no-resume"));
  const text = await inProcess(({ session }) => printConfig(request, session));
  expect(text).toContain(`mask: ${at("left.png")}`);
  expect(text).toContain("mask_mode: cut");
  // As a person would write it, from the config's own folder.
  const file = at("configs", "cut.yaml");
  await writeFile(
    file,
    text
      .replace(`mask: ${at("left.png")}`, "mask: left.png")
      .replace(`protect: ${at("configs", "face.png")}`, "protect: face.png"),
  );
  await inProcess(({ session }) => editJob(request, session));
  await inProcess(({ session }) => runJob({ config: file, out: at("ran"), resume: false }, session));
  const [own, ran] = [await framesIn(at("both")), await framesIn(at("ran", "both"))];
  expect(ran.map(({ data }) => data)).toEqual(own.map(({ data }) => data));
  const source = (await framesIn(clip)).slice(0, 2);
  expect(differing(own, source).right).toBe(0);
  expect(await readFile(at("ran", "both.yaml"), "utf8")).toContain(`protect: ${at("configs", "face.png")}`);
  await writeFile(file, text.replace(`mask: ${at("left.png")}`, "mask: lost.png"));
  const lost = inProcess(({ session }) => runJob({ config: file, out: at("ran"), resume: false }, session));
  await expect(lost).rejects.toMatchObject({ code: "input-missing" });
});

test("a preview takes the frames of a mask that it shows", async () => {
  const masks = pictures(FRAMES, SIDE, SIDE, (f, x) => (x < SIDE / 2 + 4 * f ? 255 : 0));
  const mask = await made("six/", masks);
  const request = await parseEdit(line("-o", at("quick.mp4"), "--preview", "--mask", mask));
  await inProcess(({ session }) => previewJob(request, session));
  expect(await namesIn(folder)).toContain("quick.preview.png");
});
