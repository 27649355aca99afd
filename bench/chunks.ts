/**
 * Whether chunks change anything: a clip inverted and edited in chunks of several sizes against the same in one piece. Prints the
 * largest difference of the edited latents, how many frames of the result have another byte, and the flow-warp error over all pairs of
 * frames and over those that a border of two chunks lies between, beside that of the run in one piece over the same pairs.
 *
 *     npm run bench:chunks -- [--frames 8,24,48,240] [--chunks 1,4,8] [--steps 2]
 *     npm run bench:chunks -- --clip FOLDER --frames 48,240       a clip with truth (test/clips/README.md), there and back as often as it takes
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { edit, type Frame, invert, loadModel, readVideo, type Video } from "../src/index.ts";
import { clipFlow } from "../src/metrics/index.ts";
import { chunksOf } from "../src/pipeline/chunks.ts";
import { exampleClip, printTable, SOURCE, TARGET } from "./clip.ts";
import { warpOver } from "./seams.ts";

const { values } = parseArgs({
  options: {
    clip: { type: "string" },
    frames: { type: "string", default: "8,24,48,240" },
    chunks: { type: "string", default: "1,4,8" },
    steps: { type: "string", default: "2" },
  },
});
const numbers = (list: string): number[] => list.split(",").map(Number);

interface Given {
  readonly clip: Video;
  readonly prompt: string;
  readonly target: string;
}

async function given(): Promise<Given> {
  if (values.clip === undefined) return { clip: await exampleClip(16), prompt: SOURCE, target: TARGET };
  const { prompt, edits } = JSON.parse(await readFile(join(values.clip, "clip.json"), "utf8")) as {
    readonly prompt: string;
    readonly edits: readonly [{ readonly prompt: string }];
  };
  return { clip: await readVideo(join(values.clip, "source"), {}), prompt, target: edits[0].prompt };
}

const { clip, prompt, target } = await given();

/** So many frames of the clip, there and back as often as it takes. */
function longClip(frames: number): Video {
  const around = [...clip.frames, ...clip.frames.toReversed()];
  return { fps: clip.fps, frames: Array.from({ length: frames }, (_, i) => around[i % around.length]!) };
}

/** `borders` are the last frames of chunks that another follows. */
async function made(source: Video, chunk: number) {
  await using model = await loadModel("tinytown", { chunk });
  const inversion = await invert(model, source, { prompt, steps: Number(values.steps), scenes: "off" });
  const result = await edit(model, inversion, { prompt: target });
  const chunks = chunksOf(model, inversion.settings, source.frames.length);
  const borders = new Set(chunks.slice(1).map(({ from }) => from - 1));
  return { latents: result.latents.data, frames: result.frames, borders };
}

const isSame = (a: Frame, b: Frame): boolean => a.data.every((value, i) => value === b.data[i]);

const rows = [
  [
    ...["frames", "at a time", "largest difference of latents", "frames that differ"],
    ...["warp error ·1e4", "at borders", "in one piece there"],
  ],
];
const tell = (row: readonly string[]): void => {
  rows.push([...row]);
  console.error(row.join("  "));
};
for (const frames of numbers(values.frames)) {
  const source = longClip(frames);
  const flow = await clipFlow(source.frames);
  const whole = await made(source, frames);
  tell([String(frames), "all", "–", "–", warpOver(whole.frames, flow).toFixed(3), "–", "–"]);
  for (const chunk of numbers(values.chunks).filter((size) => size < frames)) {
    const part = await made(source, chunk);
    const most = part.latents.reduce(
      (worst, value, i) => Math.max(worst, Math.abs(value - whole.latents[i]!)),
      0,
    );
    const differ = part.frames.filter((frame, f) => !isSame(frame, whole.frames[f]!)).length;
    const atBorders = (of: readonly Frame[]): string =>
      warpOver(of, flow, (pair) => part.borders.has(pair)).toFixed(3);
    tell([
      ...[String(frames), String(chunk), most.toExponential(1), String(differ)],
      ...[warpOver(part.frames, flow).toFixed(3), atBorders(part.frames), atBorders(whole.frames)],
    ]);
  }
}
printTable(rows);
