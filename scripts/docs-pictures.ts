/**
 * Makes the pictures of README and docs that show what the embedded model does:
 *
 *     OUT=DIR npm run bench:clips > DIR.txt
 *     npx tsx scripts/docs-pictures.ts DIR
 *
 * docs/clips from the sheets in DIR, docs/kinds from one of its edits each, docs/car.png from the README's example, which
 * is edited here.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { exampleClip, SOURCE, TARGET } from "../bench/clip.ts";
import { OWN_CLIPS, readCases } from "../bench/truth.ts";
import { edit, type Frame, invert, loadModel, readVideo, type Video } from "../src/index.ts";
import { drawSheet } from "../src/picture/index.ts";
import { spread } from "../src/spread.ts";

const [made] = process.argv.slice(2);
if (made === undefined) {
  console.error("Usage: npx tsx scripts/docs-pictures.ts DIR");
  process.exit(2);
}
const docs = (path: string): string => fileURLToPath(new URL(`../docs/${path}`, import.meta.url));

/** The clip that stands for each kind in docs/kinds.md. */
const SHOWN: Readonly<Record<string, string>> = {
  attribute: "duck-water",
  shape: "house-grass",
  background: "car-road",
  style: "house-grass",
};

/** Keeps a picture among the docs with a palette of its own: a quarter of the bytes, and no difference to the eye. */
async function keep(file: string, { width, height, data }: Frame): Promise<void> {
  const raw = { width, height, channels: 3 } as const;
  await sharp(Uint8Array.from(data), { raw }).png({ palette: true, effort: 10 }).toFile(docs(file));
}

async function draw(file: string, columns: number, clips: readonly Video[]): Promise<void> {
  const pick = ({ frames }: Video): Frame[] => spread(frames.length, columns).map((f) => frames[f]!);
  const rows = clips.map((clip) => ({ label: "", frames: pick(clip) }));
  await keep(file, drawSheet({ rows }));
}

await mkdir(docs("clips"), { recursive: true });
const cases = await readCases(OWN_CLIPS);
for (const clip of new Set(cases.map((one) => one.clip)))
  await keep(`clips/${clip}.png`, (await readVideo(join(made, `${clip}.png`))).frames[0]!);

for (const { clip, id, kind, source, truth } of cases) {
  if (SHOWN[kind] !== clip) continue;
  const rows = [source, join(made, clip, id), truth].map((path) => readVideo(path));
  await draw(`kinds/${kind}.png`, 4, await Promise.all(rows));
}

const model = await loadModel("tinytown");
const clip = await exampleClip(16);
const inversion = await invert(model, clip, { prompt: SOURCE });
const targets = [TARGET, `watercolor painting of ${SOURCE}`, SOURCE.replace("under a blue sky", "at sunset")];
const results: Video[] = [];
for (const prompt of targets) results.push(await edit(model, inversion, { prompt }));
await model.close();
await draw("car.png", 6, [clip, ...results]);
