/**
 * Which frames a long scene should look at: an edit whose perfect result is known, of a drive in which the light falls and the
 * camera comes nearer, so that the frame in the middle is unlike those at the ends. For each list: how close the part that should change
 * and the rest come to the perfect edit (PSNR in dB), also at the ends (the first and last eighth) alone, the flow-warp error and the
 * flicker beside the source's own, and the time. Last, the same list in one piece: its figures must be those in chunks.
 *
 *     npm run bench:anchors -- --clip FOLDER [--frames 240] [--steps 20] [--lists "0,mid;0,spread:4"]
 *
 * FOLDER is one of clips with truth (test/clips/README.md); its frames are taken there and back as often as it takes.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { edit, type Frame, type FrameList, invert, loadModel, readVideo, resizeFrame } from "../src/index.ts";
import { clipFlow, measureClips, type PixelWeight, psnr } from "../src/metrics/index.ts";
import { codecOf } from "../src/request/index.ts";
import { cropFrame } from "../src/video/index.ts";
import { printTable } from "./clip.ts";

const { values } = parseArgs({
  options: {
    clip: { type: "string", default: "test/clips/car-road" },
    frames: { type: "string", default: "240" },
    steps: { type: "string", default: "20" },
    lists: {
      type: "string",
      default: "0,mid;0,first,mid,last;0,spread:2;0,spread:4;0,mid,spread:4",
    },
  },
});
const [count, steps] = [Number(values.frames), Number(values.steps)];

interface Truth {
  readonly prompt: string;
  readonly edits: readonly { readonly id: string; readonly prompt: string }[];
}
const { prompt, edits }: Truth = JSON.parse(await readFile(join(values.clip, "clip.json"), "utf8"));
const [{ id, prompt: target }] = edits as [Truth["edits"][number]];

/** Light that falls to half and turns blue, and a picture that comes nearer by half, over the clip. */
function later(frame: Frame, share: number, isMask: boolean): Frame {
  const { width, height } = frame;
  const inset = Math.round((share * width) / 6);
  const part = { left: inset, top: inset, width: width - 2 * inset, height: height - 2 * inset };
  const near = resizeFrame(cropFrame(frame, part), width, height);
  if (isMask) return near;
  const gains = [1 - 0.55 * share, 1 - 0.5 * share, 1 - 0.35 * share];
  return { ...near, data: near.data.map((value, i) => value * gains[i % 3]!) };
}

async function drive(folder: string, isMask = false): Promise<Frame[]> {
  const { frames } = await readVideo(join(values.clip, folder), {});
  const around = [...frames, ...frames.toReversed()];
  return Array.from({ length: count }, (_, i) => later(around[i % around.length]!, i / (count - 1), isMask));
}

const [source, truth, before, after] = await Promise.all([
  drive("source"),
  drive(join(id, "frames")),
  drive("mask", true),
  drive(join(id, "mask"), true),
]);
const mask: PixelWeight = (f, i) => Number(before[f]!.data[3 * i]! > 127 || after[f]!.data[3 * i]! > 127);
const isEnd = (f: number): boolean => f < count / 8 || f >= count - count / 8;
const flow = await clipFlow(source);
const clip = { frames: source, fps: 8 };

async function made(attend: FrameList, chunk: number | "auto") {
  await using model = await loadModel("tinytown", { chunk });
  const began = performance.now();
  const inversion = await invert(model, clip, { prompt, steps, attend, scenes: "off" });
  const { frames } = await edit(model, inversion, { prompt: target });
  const seconds = (performance.now() - began) / 1000;
  const { kept, warpError, flicker } = measureClips({
    ...{ source, edited: frames, flow, mask, truth, bound: null },
  });
  const psnrOf = (weight: PixelWeight): string => psnr(truth, frames, weight)!.toFixed(2);
  return [
    ...[psnrOf(mask), psnrOf((f, i) => Number(isEnd(f)) * mask(f, i)), kept!.psnr!.toFixed(2)],
    ...[(warpError!.edited * 1e4).toFixed(2), flicker!.edited.toFixed(3), seconds.toFixed(0)],
  ];
}

const own = measureClips({ ...{ source, edited: source, flow, mask, truth, bound: null } });
const rows = [
  ["attends to", "changed", "at the ends", "kept", "warp error ·1e4", "flicker", "seconds"],
  [
    ...["the source itself", psnr(truth, source, mask)!.toFixed(2)],
    ...[psnr(truth, source, (f, i) => Number(isEnd(f)) * mask(f, i))!.toFixed(2), "–"],
    ...[(own.warpError!.source * 1e4).toFixed(2), own.flicker!.source.toFixed(3), "–"],
  ],
];
const show = (row: readonly string[]): void => {
  rows.push([...row]);
  console.error(row.join("  "));
};
const lists = values.lists.split(";");
for (const text of lists) {
  const read = codecOf({ kind: "frames" }).read(text, { kind: "frames" }, undefined);
  if ("fault" in read) throw new Error(`${text}: ${read.fault}`);
  show([text, ...(await made(read.value as FrameList, "auto"))]);
  if (text === lists[0]) show([`${text}, in one piece`, ...(await made(read.value as FrameList, count))]);
}
console.log(
  `tinytown, ${count} frames of ${source[0]!.width}×${source[0]!.height}, ${steps} steps: ${target}\n`,
);
printTable(rows);
