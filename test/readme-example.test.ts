/** The README's first command, as it stands there, and what it promises: a blue car, the rest as it was. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { psnr } from "../src/metrics/index.ts";
import { readVideo } from "../src/video/index.node.ts";
import type { Frame } from "../src/video/index.ts";
import { runCli, workFolder } from "./cli/run-cli.ts";
import { inRepository } from "./support/fixtures.ts";

/** Pixels further than this from any red one must be kept. */
const FAR = 12;

const isRed = ({ data }: Frame, i: number): boolean =>
  data[3 * i]! > data[3 * i + 1]! + 60 && data[3 * i]! > data[3 * i + 2]! + 60;

/** Which pixels of a frame lie further than `FAR` from every red one. */
function farFromRed(frame: Frame): boolean[] {
  const { width, height } = frame;
  const far = new Array<boolean>(width * height).fill(true);
  for (let i = 0; i < far.length; i++) {
    if (!isRed(frame, i)) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    for (let v = Math.max(0, y - FAR); v <= Math.min(height - 1, y + FAR); v++) {
      for (let u = Math.max(0, x - FAR); u <= Math.min(width - 1, x + FAR); u++) {
        if ((u - x) ** 2 + (v - y) ** 2 <= FAR ** 2) far[v * width + u] = false;
      }
    }
  }
  return far;
}

test("the README's example makes the car blue and keeps the rest", async () => {
  const readme = await readFile(inRepository("README.md"), "utf8");
  const line = /^npx fatezero edit (\S+) -s "([^"]+)" -t "([^"]+)" -o blue\.mp4$/m.exec(readme)!;
  const [, input, source, target] = line as unknown as [string, string, string, string];
  const out = join(await workFolder(), "blue.mp4");
  const run = await runCli([
    "edit",
    inRepository(input),
    "-s",
    source,
    "-t",
    target,
    "-o",
    out,
    "--no-resume",
  ]);
  expect(run.code).toBe(0);

  const [before, after] = [await readVideo(inRepository(input)), await readVideo(out)];
  expect(after).toMatchObject({ fps: before.fps });
  expect(after.frames).toHaveLength(before.frames.length);
  let red = 0;
  let blue = 0;
  for (const [f, frame] of before.frames.entries()) {
    for (let i = 0; i < frame.width * frame.height; i++) {
      if (!isRed(frame, i)) continue;
      red++;
      const { data } = after.frames[f]!;
      if (data[3 * i + 2]! > data[3 * i]! + 20) blue++;
    }
  }
  const far = before.frames.map(farFromRed);
  const kept = psnr(before.frames, after.frames, (f, i) => Number(far[f]![i]))!;
  console.log(
    `README example: ${((100 * blue) / red).toFixed(1)} % of the red pixels blue, kept ${kept.toFixed(1)} dB`,
  );
  expect(blue / red).toBeGreaterThan(0.7);
  expect(kept).toBeGreaterThan(22);
});
