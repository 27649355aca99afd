import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { openBlipFolder } from "../../../src/checkpoint/index.node.ts";
import type { BlipCheckpoint } from "../../../src/checkpoint/index.ts";
import { compile } from "../../../src/graph/index.ts";
import { blipConfig, blipGraphs } from "../../../src/model/index.ts";
import { blipPictures, logitsOf, nextTokens } from "../../../src/pipeline/blip-captioner.ts";
import { searchCaptions } from "../../../src/pipeline/caption-search.ts";
import { clipPixels } from "../../../src/pipeline/clip-pictures.ts";
import { createEngine } from "../../../src/runtime/index.node.ts";
import { concat0, type FloatTensor, slice0 } from "../../../src/tensor/index.ts";
import { readVideo } from "../../../src/video/index.node.ts";
import { MARKS } from "../marks.ts";
import { equalRow, gauge, type Row, worstDifference } from "../rows.ts";
import { at, type Stored } from "../stored.ts";
import type { RecordedMetrics } from "./recorded.ts";

const rowsOf = ({ shape }: FloatTensor): number => shape[0]!;
const idsOf = (row: FloatTensor): number[] => Array.from(row.data);

/** What the network sees of the first frames of the clip that was taken: the folder beside it that comes nearest. */
async function pixelRows(folder: string, checkpoint: BlipCheckpoint, expected: FloatTensor): Promise<Row[]> {
  const settings = blipPictures(checkpoint, blipConfig(checkpoint.model));
  const entries = await readdir(folder, { withFileTypes: true });
  const clips = entries.filter((entry) => entry.isDirectory() && !["blip", "clip"].includes(entry.name));
  let nearest: { readonly name: string; readonly pixels: FloatTensor; readonly by: number } | null = null;
  for (const { name } of clips) {
    const { frames } = await readVideo(join(folder, name));
    if (frames.length < rowsOf(expected)) continue;
    const pixels = clipPixels(frames.slice(0, rowsOf(expected)), settings);
    const by = worstDifference(pixels.data, expected.data);
    if (nearest === null || by < nearest.by) nearest = { name, pixels, by };
  }
  if (!nearest) return [];
  const seen = gauge(`BLIP pixels, ${nearest.name}`, "clip");
  // A level of rounding in the resampler.
  const level = 2 / 255 / Math.min(...settings.deviation);
  seen.add(nearest.pixels, expected, MARKS.clipPixels + level);
  return seen.rows();
}

/** Compares the BLIP in `blip/` with what PyTorch computes from it: pixels, states, logits and greedy captions. */
export async function checkBlip(folder: string, stored: Stored, recorded: RecordedMetrics): Promise<Row[]> {
  const checkpoint = await openBlipFolder(join(folder, "blip"));
  const { text } = blipConfig(checkpoint.model);
  const graphs = blipGraphs(checkpoint.model);
  await using engine = createEngine();
  const images = await engine.open(compile(graphs.images, engine.lowering));
  const texts = await engine.open(compile(graphs.texts, engine.lowering));
  const rows: Row[] = [];
  const pixels = stored.find("blip/pixels");
  if (!pixels) return rows;
  rows.push(...(await pixelRows(folder, checkpoint, pixels)));
  const { states } = await images.run({ pixels });
  const vision = stored.find("blip/vision");
  if (vision) {
    const seen = gauge("BLIP vision from given pixels", "picture");
    for (let i = 0; i < rowsOf(vision); i++) seen.add(at(states, i), at(vision, i), MARKS.blipVision);
    rows.push(...seen.rows());
  }
  const start = stored.find("blip/start");
  const logits = stored.find("blip/logits");
  if (start && logits) {
    const ours: FloatTensor[] = [];
    for (let i = 0; i < rowsOf(start); i++)
      ours.push(await logitsOf(texts, slice0(states, i, i + 1), [idsOf(at(start, i))]));
    const largest = logits.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const compared = gauge("BLIP logits from given pixels", "table");
    compared.add(concat0(ours), logits, MARKS.clipLogits * largest);
    rows.push(...compared.rows());
  }
  for (const { picture, start: kind, greedy } of recorded.captions) {
    const begun = kind === "free" || !start ? [text.begin] : idsOf(at(start, picture));
    const next = nextTokens(texts, slice0(states, picture, picture + 1), "BLIP");
    // One that did not come to its end was as long as it might be.
    const most = greedy.at(-1) === text.end ? text.length : greedy.length;
    const [found] = await searchCaptions(begun, next, { beams: 1, most, end: text.end });
    rows.push(equalRow(`BLIP greedy caption of picture ${picture}, ${kind}`, found!.tokens, greedy));
  }
  return rows;
}
