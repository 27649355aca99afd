import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type ReadOptions, readVideo } from "../index.node.ts";
import type { Frame, VideoWarning } from "../index.ts";

const fixture = (name: string) =>
  fileURLToPath(new URL(`../../../test/fixtures/video/clips/${name}`, import.meta.url));

async function read(name: string, options: ReadOptions = {}) {
  const warnings: VideoWarning[] = [];
  const clip = await readVideo(fixture(name), { ...options, onWarning: (warning) => warnings.push(warning) });
  return { ...clip, warnings };
}

/** How far lines of green stick out of both their neighbours on the same side, on average. */
function combing({ width, height, data }: Frame): number {
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 0; x < width; x++) {
      const at = (row: number) => data[(row * width + x) * 3 + 1]!;
      const [up, down] = [at(y) - at(y - 1), at(y) - at(y + 1)];
      if (up * down > 0) sum += Math.min(Math.abs(up), Math.abs(down));
    }
  }
  return sum / (width * height);
}

describe.each([
  ["interlaced.mp4", "top", 15],
  ["interlaced-top.mp4", "top", 12],
  ["interlaced-bottom.mkv", "bottom", 12],
  ["interlaced.m2ts", "bottom", 12],
])("%s, interlaced with the %s line first,", (name, first, count) => {
  it("is deinterlaced, frame for frame, and that is said once", async () => {
    const { frames, fps, warnings } = await read(name);
    expect(frames).toHaveLength(count);
    expect(fps).toBeCloseTo(25, 3);
    expect(warnings).toEqual([
      {
        code: "deinterlaced",
        message: `"${fixture(name)}" is interlaced (every frame shows two moments in alternate lines, the ${first} line first): it is deinterlaced, frame for frame.`,
        remedy: [{ field: "deinterlace", move: "set", value: "off" }, " to leave it as it is."],
      },
    ]);
    for (const frame of frames) expect(combing(frame)).toBeLessThan(0.3);
  });

  it("is left as it is where that is asked for", async () => {
    const { frames, warnings } = await read(name, { deinterlace: "off" });
    expect(warnings).toEqual([]);
    expect(frames).toHaveLength(count);
    for (const frame of frames) expect(combing(frame)).toBeGreaterThan(1.5);
  });

  it("gives the same frames to a range and a stride as to the whole", async () => {
    const { frames } = await read(name);
    const part = await read(name, { start: 2, stride: 4, frames: 3 });
    expect(part.frames).toEqual([frames[2], frames[6], frames[10]]);
    expect((await read(name, { start: count - 1 })).frames).toEqual([frames.at(-1)]);
    expect(part.warnings).toHaveLength(1);
  });
});

it("progressive video is not touched", async () => {
  const { frames, warnings } = await read("progressive.mp4");
  expect(warnings).toEqual([]);
  expect(frames).toEqual((await read("progressive.mp4", { deinterlace: "off" })).frames);
});
