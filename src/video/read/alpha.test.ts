import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readVideo } from "../index.node.ts";

const WIDTH = 64;
const HEIGHT = 16;
/** Opacity of the four bands. */
const ALPHAS = [0, 64, 128, 255];
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "fatezero-alpha-"));
  const data = new Uint8Array(WIDTH * HEIGHT * 4);
  for (let p = 0; p < WIDTH * HEIGHT; p++) {
    data.set([254, 0, 0, ALPHAS[Math.floor((p % WIDTH) / 16)]!], p * 4);
  }
  const image = (bytes = data, raw = {}) =>
    sharp(bytes, { raw: { width: WIDTH, height: HEIGHT, channels: 4, ...raw } });
  await image().png().toFile(join(dir, "a.png"));
  await image().webp({ lossless: true, exact: true }).toFile(join(dir, "a.webp"));
  const other = data.map((value, i) => (i % 4 === 1 ? 200 : value));
  const pages = image(Uint8Array.from([...data, ...other]), { height: 2 * HEIGHT, pageHeight: HEIGHT });
  await pages.webp({ lossless: true, exact: true, delay: [100, 100] }).toFile(join(dir, "moving.webp"));
  // A gif's pixels are opaque or not.
  const hard = data.map((value, i) =>
    i % 4 === 3 && value === 64 ? 0 : i % 4 === 3 ? (value ? 255 : 0) : value,
  );
  await image(hard).gif().toFile(join(dir, "hard.gif"));
});
afterAll(async () => {
  await rm(dir, { recursive: true });
});

/** The first frame's colours in the middle of the bands. */
async function bands(path: string, background?: string) {
  const { frames } = await readVideo(path, background === undefined ? {} : { background });
  return ALPHAS.map((_, band) => {
    const at = (8 * WIDTH + band * 16 + 6) * 3;
    return [...frames[0]!.data.subarray(at, at + 3)];
  });
}

const clip = fileURLToPath(new URL("../../../test/fixtures/video/clips/alpha.webm", import.meta.url));

describe.each(["a.png", "a.webp", "moving.webp", clip])("transparency in %s", (name) => {
  const path = () => (name === clip ? clip : join(dir, name));

  it.each([
    [undefined, [255, 255, 255]],
    ["black", [0, 0, 0]],
    ["#0a64c8", [10, 100, 200]],
  ] as const)("shows the background %s", async (background, color) => {
    const found = await bands(path(), background);
    for (const [i, alpha] of ALPHAS.entries()) {
      const expected = [254, 0, 0].map((value, c) => color[c]! + (alpha / 255) * (value - color[c]!));
      expect(found[i]!).toBeAllclose(expected, { absolute: 2 });
    }
  });

  it("is ignored when asked", async () => {
    for (const [r, g, b] of await bands(path(), "none")) {
      expect([r! > 250, g! < 3, b! < 3]).toEqual([true, true, true]);
    }
  });
});

it("holes in a gif show the background", async () => {
  const found = await bands(join(dir, "hard.gif"), "#0000ff");
  expect(found[0]).toEqual([0, 0, 255]);
  expect(found[3]![0]).toBeGreaterThan(250);
});

it("refuses a colour that is none", async () => {
  await expect(readVideo(clip, { background: "greenish" })).rejects.toMatchObject({ code: "bad-background" });
});
