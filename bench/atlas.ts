/**
 * Layered neural atlases of clips whose perfect edits are known: how well an atlas gives its clip back, and how well it
 * carries the perfectly edited middle frame to the others. PSNR in dB, beside that of the untouched source.
 *
 *     npm run bench:atlas [-- --clips DIR] [CLIP…]
 *
 * DIR holds clips as `bench/truth.ts` describes them; of each the object's true masks bootstrap the foreground.
 * OPTIONS='{"iterations": 4000}' are tried instead of the defaults; OUT=DIR keeps a contact sheet per clip.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type AtlasOptions, fitAtlas, propagate } from "../src/baselines/atlas/index.ts";
import { type Frame, psnr, readVideo, writeVideo } from "../src/index.ts";
import { drawSheet } from "../src/picture/index.ts";
import { createEngine } from "../src/runtime/index.node.ts";
import { spread } from "../src/spread.ts";
import { printTable } from "./clip.ts";
import { OWN_CLIPS, readCases, scoreFrames } from "./truth.ts";

const { values, positionals } = parseArgs({
  options: { clips: { type: "string", default: OWN_CLIPS } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : ["car-road", "duck-water"];
const options: AtlasOptions = JSON.parse(process.env.OPTIONS ?? "{}");
const cases = (await readCases(values.clips)).filter(
  ({ clip, kind }) => kind === "attribute" && names.includes(clip),
);
const engine = createEngine();
const db = (value: number | null): string => (value === null ? "" : value.toFixed(1));

const rows = [["clip", "reconstruction", "edited object", "(source)", "rest", "whole", "(source)", "s"]];
const perFrame: string[][] = [];
for (const one of cases) {
  const [source, mask] = await Promise.all([readVideo(one.source), readVideo(one.masks[0])]);
  const start = performance.now();
  const atlas = await fitAtlas({ engine }, source, { ...options, mask: mask.frames });
  const seconds = (performance.now() - start) / 1000;
  const key = source.frames.length >> 1;
  const perfect = (await readVideo(one.truth)).frames;
  const edited = propagate(atlas, key, perfect[key]!);
  const score = await scoreFrames(one, source, edited, 1);
  rows.push([
    one.clip,
    db(psnr(atlas.reconstruction, source.frames)),
    ...[db(score.changed), `(${db(score.before)})`, db(score.kept)],
    ...[db(psnr(edited, perfect)), `(${db(psnr(source.frames, perfect))})`],
    seconds.toFixed(0),
  ]);
  const each = (frames: readonly Frame[]): string[] =>
    frames.map((frame, f) => db(psnr([frame], [perfect[f]!])));
  perFrame.push([`${one.clip}, key frame ${key}`, ...each(edited)], ["  source", ...each(source.frames)]);
  if (process.env.OUT) {
    const shown = (frames: readonly Frame[]) => spread(frames.length, 4).map((f) => frames[f]!);
    const sheet = drawSheet({
      rows: [
        { label: "source", note: one.prompt, frames: shown(source.frames) },
        { label: "atlas", note: "reconstruction", frames: shown(atlas.reconstruction) },
        { label: "edit", note: `of frame ${key}, carried by the atlas`, frames: shown(edited) },
        { label: "perfect", note: one.target, frames: shown(perfect) },
        { label: "layers", note: "", frames: [atlas.pictures.foreground, atlas.pictures.background] },
      ],
    });
    await writeVideo(join(process.env.OUT, `${one.clip}.png`), [sheet], { fps: 1 });
  }
}
await engine.close();

printTable(rows);
console.log("\nPSNR of each frame to the perfect edit");
printTable(perFrame);
