import { describe, expect, it } from "vitest";
import { fixture } from "../../test/support/fixtures.ts";
import { FateZeroError } from "../errors.ts";
import { readVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import { clipPixels, pictureSettings } from "./clip-pictures.ts";

const plain = pictureSettings(null, "preprocessor_config.json", 224);
/** Without normalisation: levels of 8 bits, divided by 255. */
const levels = { ...plain, mean: [0, 0, 0], deviation: [1, 1, 1] };

async function pictureOf(name: string): Promise<Frame> {
  return (await readVideo(fixture(`metrics/${name}.png`))).frames[0]!;
}

/** [1, 3, side, side] of a frame's bytes. */
function planes({ data, width, height }: Frame): Float32Array {
  const area = width * height;
  return Float32Array.from(
    { length: 3 * area },
    (_, i) => data[(i % area) * 3 + Math.floor(i / area)]! / 255,
  );
}

const column = (...colours: number[]): Frame => ({
  width: 10,
  height: 10 * colours.length,
  data: Uint8Array.from({ length: 300 * colours.length }, (_, i) => colours[Math.floor(i / 300)]!),
});

describe("what CLIP sees of a picture", () => {
  it.each(["landscape", "portrait"])("is to the bit what Pillow makes of it: %s", async (name) => {
    const seen = clipPixels([await pictureOf(name)], levels, "fatezero");
    expect(seen).toBeAllclose(
      { shape: [1, 3, 224, 224], data: planes(await pictureOf(`${name}-seen`)) },
      { absolute: 1e-7 },
    );
  });

  it("is normalised by channel", async () => {
    const { data } = clipPixels([await pictureOf("landscape")], plain, "fatezero");
    // As PyTorch has it for the upper left pixel.
    expect([data[0]!, data[224 * 224]!, data[2 * 224 * 224]!]).toBeAllclose(
      [0.5434857606887817, 0.7241846919059753, 0.9940717816352844],
      { absolute: 1e-6 },
    );
  });

  it("is the middle; compat takes the bottom of what is tall, and the middle of what is wide", () => {
    const small = { ...levels, side: 10, scale: 10 };
    const tall = [column(10, 20, 30)];
    expect(new Set(clipPixels(tall, small).data)).toEqual(new Set(Float32Array.of(20 / 255)));
    expect(new Set(clipPixels(tall, small, "fatezero").data)).toEqual(new Set(Float32Array.of(30 / 255)));
    const wide: Frame = {
      width: 30,
      height: 10,
      data: Uint8Array.from({ length: 900 }, (_, i) => 10 + 10 * Math.floor((Math.floor(i / 3) % 30) / 10)),
    };
    for (const compat of [undefined, "fatezero"] as const)
      expect(new Set(clipPixels([wide], small, compat).data)).toEqual(new Set(Float32Array.of(20 / 255)));
  });

  it("takes pictures of many sizes, floats rounded to 8 bits, and long strips", () => {
    const grey = (width: number, height: number, value: number): Frame => ({
      ...{ width, height },
      data: new Float32Array(width * height * 3).fill(value),
    });
    const seen = clipPixels([grey(1, 1, 99.6), grey(300_000, 2, 100.4), grey(2, 300_000, 100)], levels);
    expect(new Set(seen.data)).toEqual(new Set(Float32Array.of(100 / 255)));
  });
});

describe("preprocessor_config.json", () => {
  it("is read in its older and newer forms", () => {
    const old = { size: 256, crop_size: 224, resample: 2, image_mean: [0, 0, 0], image_std: [1, 1, 1] };
    const expected = { side: 224, scale: 256, kernel: "triangle", mean: [0, 0, 0], deviation: [1, 1, 1] };
    expect(pictureSettings(old, "", 224)).toEqual(expected);
    const now = { ...old, size: { shortest_edge: 256 }, crop_size: { width: 224, height: 224 } };
    expect(
      pictureSettings({ ...now, do_resize: true, rescale_factor: 0.00392156862745098 }, "", 224),
    ).toEqual(expected);
    const square = pictureSettings({ size: { width: 224, height: 230 } }, "", 224);
    expect(square.scale).toEqual({ width: 224, height: 230 });
    const [seen] = [clipPixels([column(7)], { ...square, mean: [0, 0, 0], deviation: [1, 1, 1] })];
    expect(new Set(seen.data)).toEqual(new Set(Float32Array.of(7 / 255)));
  });

  it.each<[string, unknown]>([
    ["size", 100],
    ["size", { shortest_edge: 1e9 }],
    ["size", "224"],
    ["size", { width: 224 }],
    ["crop_size", 225],
    ["crop_size", { height: 224, width: 100 }],
    ["resample", 0],
    ["image_mean", [0, 0]],
    ["image_std", [0, 1, 1]],
    ["image_std", ["1", 1, 1]],
    ["do_normalize", false],
    ["rescale_factor", 1],
  ])("is refused where %s is %j", (key, value) => {
    const read = () => pictureSettings({ [key]: value }, "clip/preprocessor_config.json", 224);
    expect(read).toThrow(FateZeroError);
    expect(read).toThrow(`clip/preprocessor_config.json: "${key}" is `);
  });
});
