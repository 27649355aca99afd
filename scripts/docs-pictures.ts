/**
 * Makes the pictures of README and docs that show what the embedded model does:
 *
 *     OUT=DIR npm run bench:clips > DIR.txt
 *     npx tsx scripts/docs-pictures.ts DIR
 *
 * docs/clips from the sheets in DIR, docs/kinds from one of its edits each, docs/car.png from the README's example, which
 * is edited here.
 */
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exampleClip, SOURCE, TARGET } from "../bench/clip.ts";
import { OWN_CLIPS, readCases } from "../bench/truth.ts";
import { edit, type Frame, invert, loadModel, readVideo, type Video, writeVideo } from "../src/index.ts";
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
  shape: "snowman-snow",
  background: "car-road",
  style: "house-grass",
};

async function draw(file: string, columns: number, clips: readonly Video[]): Promise<void> {
  const pick = ({ frames }: Video): Frame[] => spread(frames.length, columns).map((f) => frames[f]!);
  const rows = clips.map((clip) => ({ label: "", frames: pick(clip) }));
  await writeVideo(docs(file), [drawSheet({ rows })], { fps: 1 });
}

await mkdir(docs("clips"), { recursive: true });
const cases = await readCases(OWN_CLIPS);
for (const clip of new Set(cases.map((one) => one.clip)))
  await copyFile(join(made, `${clip}.png`), docs(`clips/${clip}.png`));

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
