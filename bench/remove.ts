/**
 * Takes the object out of clips whose empty scene is known, and scores the results: PSNR to the empty scene inside the hole
 * (the object and its shadow: where source and empty scene differ, and the object's mask) and outside it, beside the
 * untouched source's and that of a plain fill of the same hole from its rim (docs/removal.md).
 *
 *     npm run bench:remove -- --clips DIR [--out DIR]
 *
 * DIR holds clips with source/, empty/ and mask/ (or mask0/, mask1/, …) of PNGs and clip.json with the prompt. OPTIONS=
 * '{"guidance": 4}' are edit options tried instead of the preset's; INVERSIONS=DIR keeps the inversions. With --out the
 * results are kept, and a contact sheet of all clips.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  edit,
  type Frame,
  invert,
  loadInversion,
  loadModel,
  readVideo,
  saveInversion,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { type PixelWeight, psnr } from "../src/metrics/index.ts";
import { drawSheet, maskOver, type SheetRow } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { floatTensor } from "../src/tensor/index.ts";
import { printTable } from "./clip.ts";
import { mean } from "./leave-one-out.ts";

/** What is removed of a clip: the first of these words that its prompt has. */
const OBJECTS = "ball cube car duck mushroom snowman boat rocket house robot bus tree".split(" ");
/** Frames shown of each clip. */
const SHOWN = 4;

const { values } = parseArgs({ options: { clips: { type: "string" }, out: { type: "string" } } });
if (values.clips === undefined) {
  console.error("Usage: npm run bench:remove -- --clips DIR [--out DIR]");
  process.exit(2);
}
const { clips: root, out } = values;
const { INVERSIONS: kept, OPTIONS = "{}", MODEL = "tinytown" } = process.env;
const model = await loadModel(MODEL);

/** 1 for pixels of the object and of its shadow, by frame. */
function holeOf(source: Video, empty: Video, masks: readonly Video[]): Uint8Array[] {
  return source.frames.map(({ data }, f) =>
    Uint8Array.from({ length: data.length / 3 }, (_, i) => {
      const differs = [0, 1, 2].some((k) => data[3 * i + k] !== empty.frames[f]!.data[3 * i + k]);
      return Number(differs || masks.some((mask) => mask.frames[f]!.data[3 * i]! > 127));
    }),
  );
}

/** Rounds of relaxation of the plain fill: enough for holes of half a picture of 128 pixels. */
const ROUNDS = 2000;

/** A hole filled smoothly from its rim (the harmonic function of the pixels around it), as a plain inpainting does. */
function filled(frame: Frame, hole: Uint8Array): Frame {
  const { width, height } = frame;
  const data = Float32Array.from(frame.data);
  const inside = [...hole.keys()].filter((i) => hole[i] === 1);
  const around = (i: number): number[] => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return [
      ...(x > 0 ? [i - 1] : []),
      ...(x < width - 1 ? [i + 1] : []),
      ...(y > 0 ? [i - width] : []),
      ...(y < height - 1 ? [i + width] : []),
    ];
  };
  const rim = inside.flatMap((i) => around(i).filter((j) => hole[j] === 0));
  const neighbours = inside.map(around);
  for (let k = 0; k < 3; k++) {
    const start = mean(rim.map((i) => data[3 * i + k]!));
    for (const i of inside) data[3 * i + k] = start;
    for (let round = 0; round < ROUNDS; round++) {
      inside.forEach((i, n) => {
        const near = neighbours[n]!;
        const average = near.reduce((sum, j) => sum + data[3 * j + k]!, 0) / near.length;
        // Over-relaxation: a tenth of the rounds.
        data[3 * i + k] = data[3 * i + k]! + 1.9 * (average - data[3 * i + k]!);
      });
    }
  }
  return { width, height, data: Uint8Array.from(data, (v) => Math.min(255, Math.max(0, Math.round(v)))) };
}

interface Scored {
  readonly clip: string;
  readonly inside: readonly [source: number, fill: number, removal: number];
  readonly outside: number;
  readonly shown: number;
  readonly seconds: number;
  readonly rows: readonly SheetRow[];
}

async function inverted(clip: string, source: Video, prompt: string) {
  const file = kept && join(kept, `${clip}.safetensors`);
  const saved = file ? await loadInversion(file).catch(() => null) : null;
  const inversion = saved ?? (await invert(model, source, { prompt }));
  if (file && !saved) await saveInversion(file, inversion);
  return inversion;
}

async function score(clip: string): Promise<Scored | null> {
  const at = (name: string): string => join(root!, clip, name);
  const names = await readdir(at(""));
  if (!names.includes("empty") || clip.endsWith("-48")) return null;
  const { prompt }: { readonly prompt: string } = JSON.parse(await readFile(at("clip.json"), "utf8"));
  const object = prompt.split(" ").find((word) => OBJECTS.includes(word));
  if (object === undefined) return null;
  const [source, empty, ...masks] = await Promise.all(
    ["source", "empty", ...names.filter((name) => /^mask\d*$/.test(name))].map((name) => readVideo(at(name))),
  );
  const hole = holeOf(source!, empty!, masks);
  const inversion = await inverted(clip, source!, prompt);
  const start = performance.now();
  const result = await edit(model, inversion, { remove: [object], ...JSON.parse(OPTIONS), keepMasks: true });
  const seconds = (performance.now() - start) / 1000;
  if (out) await writeVideo(join(out, clip, "/"), result.frames, { like: source! });
  const inside: PixelWeight = (f, i) => hole[f]![i]!;
  const outside: PixelWeight = (f, i) => 1 - hole[f]![i]!;
  const plain = source!.frames.map((frame, f) => filled(frame, hole[f]!));
  const shown = spread(source!.frames.length, SHOWN);
  const hard = result.masks!.hard;
  const mask = floatTensor(hard.shape.slice(1), hard.data);
  const row = (label: string, note: string, frames: readonly Frame[]): SheetRow => ({
    ...{ label, note },
    frames: shown.map((f) => frames[f]!),
  });
  return {
    ...{ clip, seconds, shown: result.removal?.shown ?? 0 },
    inside: [source!.frames, plain, result.frames].map(
      (frames) => psnr(frames, empty!.frames, inside)!,
    ) as never,
    outside: psnr(result.frames, empty!.frames, outside)!,
    rows: [
      row("source", prompt, source!.frames),
      row(
        "",
        "mask",
        source!.frames.map((frame, f) => maskOver(frame, mask, f)),
      ),
      row("", `${object} removed`, result.frames),
      row("", "empty scene", empty!.frames),
    ],
  };
}

const scores: Scored[] = [];
for (const clip of (await readdir(root)).sort()) {
  const scored = await score(clip).catch((error) => {
    if (error?.code === "ENOTDIR") return null;
    throw error;
  });
  if (scored) scores.push(scored);
}
await model.close();

const db = (value: number): string => value.toFixed(1);
printTable([
  ["clip", "hole: source", "plain fill", "removal", "outside", "shown elsewhere", "s"],
  ...scores.map(({ clip, inside, outside, shown, seconds }) => [
    ...[clip, ...inside.map(db), db(outside), `${Math.round(100 * shown)} %`, seconds.toFixed(0)],
  ]),
  [
    "mean",
    ...[0, 1, 2].map((k) => db(mean(scores.map(({ inside }) => inside[k]!)))),
    db(mean(scores.map(({ outside }) => outside))),
    `${Math.round(100 * mean(scores.map(({ shown }) => shown)))} %`,
    "",
  ],
]);
if (out) {
  const sheet = drawSheet({ rows: scores.flatMap(({ rows }) => rows) });
  await writeVideo(join(out, "removal.png"), [sheet], { fps: 1 });
}
