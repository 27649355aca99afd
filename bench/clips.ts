/**
 * Edits clips whose perfect edits are known, and scores the results: PSNR to the ground truth in the part that should
 * change and in the part that should stay, with the untouched source's in brackets.
 *
 *     CLIPS=DIR npm run bench:clips [-- KIND…]
 *
 * DIR holds one folder per clip: source/*.png, mask/*.png, clip.json, and per edit a folder with frames/ and mask/.
 * OPTIONS='{"guidance": 4}' are edit options tried instead of the preset's; OUT=DIR keeps every result and a contact
 * sheet per clip; STRIDE=2 takes
 * every second frame.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EditResult } from "../src/index.ts";
import {
  edit,
  type Frame,
  type Inversion,
  invert,
  loadModel,
  readVideo,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { type PixelWeight, psnr } from "../src/metrics/index.ts";
import { drawSheet, maskOver, type SheetRow } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { floatTensor } from "../src/tensor/index.ts";
import { printTable } from "./clip.ts";

interface ClipEdit {
  readonly id: string;
  readonly kind: string;
  readonly prompt: string;
}

interface Score {
  readonly kind: string;
  readonly changed: number;
  readonly changedBefore: number;
  readonly kept: number | null;
  readonly rows: readonly SheetRow[];
}

const root = process.env.CLIPS ?? fileURLToPath(new URL("../test/clips", import.meta.url));
const options: Record<string, unknown> = JSON.parse(process.env.OPTIONS ?? "{}");
const stride = Number(process.env.STRIDE ?? 1);
const kinds = process.argv.slice(2);
const model = await loadModel(process.env.MODEL ?? "tinytown");

type Select = PixelWeight;

const bright = (frame: Frame, pixel: number): boolean => frame.data[3 * pixel]! > 127;
const db = (value: number): string => value.toFixed(1);

/** Frames shown of each clip. */
const SHOWN = 4;

/** Result, ground truth and, where there is one, the mask (its mean over the steps) as rows of a contact sheet. */
function sheetRows(kind: string, source: Video, result: EditResult, truth: Video): SheetRow[] {
  const shown = spread(source.frames.length, SHOWN);
  const pick = ({ frames }: Video): Frame[] => shown.map((f) => frames[f]!);
  const rows = [
    { label: kind, note: "edit", frames: pick(result) },
    { label: "", note: "perfect edit", frames: pick(truth) },
  ];
  const hard = result.masks?.hard;
  if (!hard) return rows;
  const [steps, ...shape] = hard.shape as [number, ...number[]];
  const mean = floatTensor(shape);
  for (const [i, value] of hard.data.entries()) mean.data[i % mean.data.length]! += value / steps;
  const masked = shown.map((f) => maskOver(source.frames[f]!, mean, f));
  return [...rows, { label: "", note: "mask", frames: masked }];
}

async function scoreEdit(
  name: string,
  source: Video,
  inversion: Inversion,
  { id, kind, prompt }: ClipEdit,
): Promise<Score> {
  const read = (path: string): Promise<Video> => readVideo(join(root, name, path), { stride });
  const [truth, before, after] = await Promise.all([read(`${id}/frames`), read("mask"), read(`${id}/mask`)]);
  const result = await edit(model, inversion, { prompt, ...options, keepMasks: true });
  if (process.env.OUT)
    await writeVideo(join(process.env.OUT, name, id, "/"), result.frames, { like: source });
  const object: Select = (f, i) => Number(bright(before.frames[f]!, i) || bright(after.frames[f]!, i));
  const outside: Select = (f, i) => 1 - object(f, i);
  const changed: Select = kind === "style" ? () => 1 : kind === "background" ? outside : object;
  const stays: Select | null = kind === "style" ? null : kind === "background" ? object : outside;
  return {
    kind,
    changed: psnr(result.frames, truth.frames, changed)!,
    changedBefore: psnr(source.frames, truth.frames, changed)!,
    kept: stays ? psnr(result.frames, truth.frames, stays) : null,
    rows: sheetRows(kind, source, result, truth),
  };
}

const scores: Score[] = [];
const rows: string[][] = [["edit", "preset", "changed part", "(source)", "kept part", "s"]];
for (const name of (await readdir(root)).sort()) {
  const info = await readFile(join(root, name, "clip.json"), "utf8").catch(() => null);
  if (!info) continue;
  const { prompt, edits }: { prompt: string; edits: ClipEdit[] } = JSON.parse(info);
  const wanted = edits.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
  if (wanted.length === 0 || name.endsWith("-48")) continue;
  const source = await readVideo(join(root, name, "source"), { stride });
  const inversion = await invert(model, source, { prompt });
  const sheet: SheetRow[] = [
    {
      label: "source",
      note: prompt,
      frames: spread(source.frames.length, SHOWN).map((f) => source.frames[f]!),
    },
  ];
  for (const one of wanted) {
    const start = performance.now();
    const score = await scoreEdit(name, source, inversion, one);
    scores.push(score);
    sheet.push(...score.rows);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    rows.push([
      `${name} ${one.id}`,
      one.kind,
      db(score.changed),
      `(${db(score.changedBefore)})`,
      score.kept === null ? "" : db(score.kept),
      seconds,
    ]);
  }
  if (process.env.OUT)
    await writeVideo(join(process.env.OUT, `${name}.png`), [drawSheet({ rows: sheet })], { fps: 1 });
}
printTable(rows);
console.log("");
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
printTable([
  ["mean of kind", "gain over the source", "kept part"],
  ...[...new Set(scores.map(({ kind }) => kind))].map((kind) => {
    const of = scores.filter((score) => score.kind === kind);
    const kept = of.flatMap((score) => (score.kept === null ? [] : [score.kept]));
    return [
      kind,
      db(mean(of.map((s) => s.changed - s.changedBefore))),
      kept.length > 0 ? db(mean(kept)) : "",
    ];
  }),
]);
await model.close();
