/**
 * What null-text inversion gives: how much of the source comes back under guidance, and what prompt-to-prompt edits are
 * worth beside plain DDIM inversion. PSNR in dB, of the reconstruction to the source as the VAE gives it back, of an edit to
 * the perfect one.
 *
 *     npm run bench:null-text [-- DIR…]
 *
 * Each DIR is a clip as `bench/truth.ts` describes them. GUIDANCE=7.5, STEPS=50, ITERATIONS=10 and STRIDE=2 are what is
 * taken; OUT=DIR keeps a contact sheet per clip, and MODEL=NAME is another model.
 */
import { basename, dirname, join } from "node:path";
import {
  decodeSource,
  type EditJobOptions,
  edit,
  type Frame,
  type Inversion,
  invert,
  loadModel,
  nullText,
  psnr,
  readVideo,
  type Video,
  writeVideo,
} from "../src/index.ts";
import { drawSheet, type SheetRow } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";
import { printTable } from "./clip.ts";
import { OWN_CLIPS, readCases, scoreFrames, type TruthCase } from "./truth.ts";

const number = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const [guidance, steps] = [number("GUIDANCE", 7.5), number("STEPS", 50)];
const [iterations, stride] = [number("ITERATIONS", 10), number("STRIDE", 2)];
const folders = process.argv.slice(2);
const clips = folders.length > 0 ? folders : [join(OWN_CLIPS, "car-road"), join(OWN_CLIPS, "duck-water")];
const model = await loadModel(process.env.MODEL ?? "tinytown");

/** Nothing of the source's attention, latents or masks. */
const ALONE = { selfSteps: 0, crossSteps: 0, maskWords: "none", latentBlend: false } as const;
/** Prompt-to-prompt (Hertz et al. 2022): attention replaced, nothing masked. */
const P2P = { ...ALONE, selfSteps: 0.4, crossSteps: 0.8 } as const;

const db = (value: number | null): string => (value === null ? "" : value.toFixed(1));
const shown = (frames: readonly Frame[]): Frame[] => spread(frames.length, 4).map((f) => frames[f]!);

async function edited(inversion: Inversion, options: EditJobOptions): Promise<readonly Frame[]> {
  return (await edit(model, inversion, options)).frames;
}

async function timed<T>(work: () => PromiseLike<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const result = await work();
  return [result, (performance.now() - start) / 1000];
}

/** The inversion as it is, and with texts for all frames and for each. */
async function waysOf(clip: Video, prompt: string) {
  const [plain, seconds] = await timed(() => invert(model, clip, { prompt, steps }));
  const ways = [{ name: "DDIM inversion", inversion: plain, seconds }];
  for (const perFrame of [false, true]) {
    const options = { guidance, iterations, perFrame };
    const [inversion, taken] = await timed(() => nullText(model, plain, options));
    ways.push({ name: perFrame ? "null-text per frame" : "null-text", inversion, seconds: taken });
  }
  return ways;
}

const rows: string[][] = [["clip", "", "scale", "reconstruction", "p2p edit: changed", "kept", "s"]];
for (const folder of clips) {
  const cases = (await readCases(dirname(folder))).filter(({ clip }) => clip === basename(folder));
  const one = cases.find(({ kind }) => kind === "attribute") as TruthCase;
  const clip = await readVideo(one.source, { stride });
  const sheet: SheetRow[] = [{ label: "source", note: one.prompt, frames: shown(clip.frames) }];
  const ways = await waysOf(clip, one.prompt);
  const known = await decodeSource(model, ways[0]!.inversion);
  const back = (frames: readonly Frame[]): string =>
    db(
      psnr(
        known.indices.map((i) => frames[i]!),
        known.frames,
      ),
    );
  const atNone = await edited(ways[0]!.inversion, { prompt: one.prompt, ...ALONE, guidance: 1 });
  rows.push([one.clip, "DDIM inversion", "1", back(atNone), "", "", ""]);
  for (const { name, inversion, seconds } of ways) {
    const again = await edited(inversion, { prompt: one.prompt, ...ALONE, guidance });
    const changed = await edited(inversion, { prompt: one.target, ...P2P, guidance });
    const score = await scoreFrames(one, clip, changed, stride);
    sheet.push({ label: name, note: "reconstruction", frames: shown(again) });
    sheet.push({ label: "", note: one.target, frames: shown(changed) });
    rows.push([
      one.clip,
      name,
      String(guidance),
      back(again),
      db(score.changed),
      db(score.kept),
      seconds.toFixed(0),
    ]);
  }
  if (process.env.OUT)
    await writeVideo(join(process.env.OUT, `${one.clip}.png`), [drawSheet({ rows: sheet })], { fps: 1 });
}
await model.close();

console.log(`${model.name}, guidance scale ${guidance}, ${steps} steps of up to ${iterations} iterations\n`);
printTable(rows);
