/**
 * Edits clips whose perfect edits are known, and scores the results: PSNR to the ground truth in the part that should
 * change and in the part that should stay, with the untouched source's in brackets.
 *
 *     CLIPS=DIR npm run bench:clips [-- KIND…]
 *
 * DIR holds one folder per clip: source/*.png, mask/*.png, clip.json, and per edit a folder with frames/ and mask/.
 * OPTIONS='{"guidance": 4}' are edit options tried instead of the preset's; OUT=DIR keeps every result; STRIDE=2 takes
 * every second frame.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
}

const root = process.env.CLIPS ?? fileURLToPath(new URL("../test/clips", import.meta.url));
const options: Record<string, unknown> = JSON.parse(process.env.OPTIONS ?? "{}");
const stride = Number(process.env.STRIDE ?? 1);
const kinds = process.argv.slice(2);
const model = await loadModel(process.env.MODEL ?? "tinytown");

type Select = (frame: number, pixel: number) => boolean;

/** Peak signal-to-noise ratio of selected pixels, in dB. */
function psnr(a: Video, b: Video, select: Select): number {
  let sum = 0;
  let count = 0;
  for (const [f, { data, width, height }] of a.frames.entries()) {
    const other = b.frames[f]!.data;
    for (let i = 0; i < width * height; i++) {
      if (!select(f, i)) continue;
      for (let c = 3 * i; c < 3 * i + 3; c++) sum += (data[c]! - other[c]!) ** 2;
      count += 3;
    }
  }
  return 10 * Math.log10(255 ** 2 / (sum / count));
}

const bright = (frame: Frame, pixel: number): boolean => frame.data[3 * pixel]! > 127;
const db = (value: number): string => value.toFixed(1);

async function scoreEdit(
  name: string,
  source: Video,
  inversion: Inversion,
  { id, kind, prompt }: ClipEdit,
): Promise<Score> {
  const read = (path: string): Promise<Video> => readVideo(join(root, name, path), { stride });
  const [truth, before, after] = await Promise.all([read(`${id}/frames`), read("mask"), read(`${id}/mask`)]);
  const result = await edit(model, inversion, { prompt, ...options });
  if (process.env.OUT)
    await writeVideo(join(process.env.OUT, name, id, "/"), result.frames, { like: source });
  const object: Select = (f, i) => bright(before.frames[f]!, i) || bright(after.frames[f]!, i);
  const outside: Select = (f, i) => !object(f, i);
  const changed: Select = kind === "style" ? () => true : kind === "background" ? outside : object;
  const stays: Select | null = kind === "style" ? null : kind === "background" ? object : outside;
  return {
    kind,
    changed: psnr(result, truth, changed),
    changedBefore: psnr(source, truth, changed),
    kept: stays ? psnr(result, truth, stays) : null,
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
  for (const one of wanted) {
    const start = performance.now();
    const score = await scoreEdit(name, source, inversion, one);
    scores.push(score);
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
