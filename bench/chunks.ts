/**
 * Whether chunks change anything: a clip inverted and edited in chunks of several sizes against the same at once. Prints the
 * largest difference of the edited latents, and how many frames of the result have another byte: where none has, every
 * measure over frames and every border of a chunk is that of the run in one piece.
 *
 *     npm run bench:chunks -- [--frames 8,24,48,240] [--chunks 1,4,8] [--steps 2]
 */
import { parseArgs } from "node:util";
import { edit, type Frame, invert, loadModel, type Video } from "../src/index.ts";
import { exampleClip, printTable, SOURCE, TARGET } from "./clip.ts";

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "8,24,48,240" },
    chunks: { type: "string", default: "1,4,8" },
    steps: { type: "string", default: "2" },
  },
});
const numbers = (list: string): number[] => list.split(",").map(Number);

const example = await exampleClip(16);
/** The frames of the example, there and back as often as it takes. */
function longClip(frames: number): Video {
  const around = [...example.frames, ...example.frames.toReversed()];
  return { fps: example.fps, frames: Array.from({ length: frames }, (_, i) => around[i % around.length]!) };
}

async function made(frames: number, chunk: number) {
  await using model = await loadModel("tinytown", { chunk });
  const clip = longClip(frames);
  const inversion = await invert(model, clip, { prompt: SOURCE, steps: Number(values.steps) });
  const result = await edit(model, inversion, { prompt: TARGET });
  return { latents: result.latents.data, frames: result.frames };
}

const isSame = (a: Frame, b: Frame): boolean => a.data.every((value, i) => value === b.data[i]);

const rows = [["frames", "at a time", "largest difference of latents", "frames that differ"]];
for (const frames of numbers(values.frames)) {
  const whole = await made(frames, frames);
  for (const chunk of numbers(values.chunks).filter((size) => size < frames)) {
    const part = await made(frames, chunk);
    const most = part.latents.reduce(
      (worst, value, i) => Math.max(worst, Math.abs(value - whole.latents[i]!)),
      0,
    );
    const differ = part.frames.filter((frame, f) => !isSame(frame, whole.frames[f]!)).length;
    rows.push([String(frames), String(chunk), most.toExponential(1), String(differ)]);
    console.error(rows.at(-1)!.join("  "));
  }
}
printTable(rows);
