/**
 * Edits by region of a clip whose perfect edits are known: PSNR in dB of every region to the perfect edit (the source's
 * beside it), of what lies outside to the source, and how far a region's pixels move when another region is edited, too.
 *
 *     npm run bench:regions -- [--clip DIR] [--words WORD] [--steps N] [--out FILE.png]
 *
 * DIR holds source/, the masks, clip.json with edits of `regions` (a mask and a sentence each), and a folder with frames/ for
 * each; WORD is what the masks show. `--out` is a picture of every run (docs/regions.png was made so).
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { edit, type Frame, invert, loadModel, readVideo, type Video, writeVideo } from "../src/index.ts";
import { psnr } from "../src/metrics/index.ts";
import { drawSheet } from "../src/picture/index.ts";
import { printTable } from "./clip.ts";
import { OWN_CLIPS } from "./truth.ts";

interface RegionClip {
  readonly prompt: string;
  readonly edits: readonly {
    readonly id: string;
    readonly regions?: readonly { readonly mask: string; readonly prompt: string }[];
  }[];
}

const { values } = parseArgs({
  options: {
    clip: { type: "string", default: join(OWN_CLIPS, "two-cars") },
    words: { type: "string", default: "car" },
    steps: { type: "string", default: "50" },
    out: { type: "string" },
  },
});
const at = (path: string): string => join(values.clip, path);
const { prompt, edits }: RegionClip = JSON.parse(await readFile(at("clip.json"), "utf8"));
const model = await loadModel(process.env.MODEL ?? "tinytown");
const source = await readVideo(at("source"));
const inversion = await invert(model, source, { prompt, steps: Number(values.steps) });

const isWhite = (mask: Video, f: number, i: number): boolean => mask.frames[f]!.data[3 * i]! > 127;
const db = (value: number | null): string =>
  value === null ? "" : Number.isFinite(value) ? value.toFixed(1) : "equal";

const rows: string[][] = [];
const shown: { readonly label: string; readonly note: string; readonly frames: readonly Frame[] }[] = [];
/** The first result in which a region had this target. */
const before = new Map<string, readonly Frame[]>();
for (const { id, regions } of edits) {
  if (!regions) continue;
  const truth = await readVideo(at(`${id}/frames`));
  const masks = await Promise.all(regions.map(({ mask }) => readVideo(at(mask))));
  const given = regions.map((region, r) => ({
    words: values.words,
    prompt: region.prompt,
    mask: masks[r]!.frames,
  }));
  const { frames } = await edit(model, inversion, { regions: given, sourceFrames: source.frames });
  const outside = (f: number, i: number): number => Number(!masks.some((mask) => isWhite(mask, f, i)));
  for (const [r, region] of regions.entries()) {
    const inside = (f: number, i: number): number => Number(isWhite(masks[r]!, f, i));
    const key = `${region.mask} ${region.prompt}`;
    const alone = before.get(key);
    rows.push([
      ...[id, region.mask, region.prompt],
      db(psnr(source.frames, truth.frames, inside)),
      db(psnr(frames, truth.frames, inside)),
      r === 0 ? db(psnr(frames, source.frames, outside)) : "",
      alone ? db(psnr(frames, alone, inside)) : "",
    ]);
    before.set(key, alone ?? frames);
  }
  shown.push(
    { label: "result", note: regions.map((region) => `${region.mask}: ${region.prompt}`).join("; "), frames },
    { label: "perfect", note: "", frames: truth.frames },
  );
}
await model.close();

printTable([["edit", "region", "target", "source", "result", "outside", "moved by another region"], ...rows]);
if (values.out !== undefined) {
  const all = [{ label: "source", note: prompt, frames: source.frames }, ...shown];
  const few = all.map((row) => ({ ...row, frames: row.frames.filter((_, f) => f % 2 === 0) }));
  const sheet = drawSheet({ title: `Regions, ${values.steps} steps`, rows: few });
  await writeVideo(values.out, [sheet], { fps: 1 });
}
