import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readVideo } from "../index.node.ts";
import { hlgToScene, nitsToPq, pqToNits, resolveDynamics, rollOff, toneMapper } from "./hdr.ts";

const clip = (name: string) =>
  fileURLToPath(new URL(`../../../test/fixtures/video/clips/${name}`, import.meta.url));

const srgb = (light: number) =>
  Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055));

/** The colours in the middle of the eight bands of a clip's second frame. */
async function bands(name: string) {
  const frame = (await readVideo(clip(name))).frames[1]!;
  return Array.from({ length: 8 }, (_, band) => {
    const at = (16 * frame.width + band * 16 + 6) * 3;
    return [...frame.data.subarray(at, at + 3)];
  });
}

describe("transfer functions", () => {
  it("PQ has the values of BT.2100", () => {
    expect(pqToNits(1)).toBeCloseTo(10000, 6);
    expect(pqToNits(0)).toBe(0);
    expect(nitsToPq(100)).toBeCloseTo(0.508, 3);
    expect(nitsToPq(203)).toBeCloseTo(0.581, 3);
    expect(pqToNits(nitsToPq(37.5))).toBeCloseTo(37.5, 9);
  });

  it("HLG has the values of BT.2100 and BT.2408", () => {
    expect(hlgToScene(0.5)).toBeCloseTo(1 / 12, 12);
    expect(hlgToScene(1)).toBeCloseTo(1, 6);
    // Diffuse white: 75 % of the signal is 203 nits on a screen of 1000.
    expect(1000 * hlgToScene(0.75) ** 1.2).toBeCloseTo(203, 0);
  });

  it("the roll-off leaves dark and middle light alone, rises, and ends at white", () => {
    expect([0, 10, 50, 80].map(rollOff)).toEqual([0, 10, 50, 80]);
    expect(rollOff(203)).toBeGreaterThan(150);
    expect(rollOff(1000)).toBeCloseTo(203, 6);
    expect(rollOff(9000)).toBeCloseTo(203, 6);
    const steps = Array.from({ length: 100 }, (_, i) => rollOff(10 * (i + 1)));
    expect(steps.every((value, i) => i === 0 || value > steps[i - 1]!)).toBe(true);
  });
});

describe("an HDR video", () => {
  it("in PQ keeps grays and a BT.709 colour up to 90 nits, and white near white", async () => {
    const expected = [0, srgb(10 / 203), srgb(0.18), srgb(90 / 203), 229, 255, 255].map((v) => [v, v, v]);
    const found = await bands("hdr-pq.mp4");
    expect(found.flat()).toBeAllclose([...expected, [srgb(100 / 203), 0, 0]].flat(), { absolute: 2 });
  });

  it("in HLG has white where PQ has it, and is not washed out", async () => {
    const found = await bands("hdr-hlg.webm");
    expect(found[0]).toEqual([0, 0, 0]);
    expect(found[4]).toEqual([229, 229, 229]);
    expect(found[6]).toEqual([255, 255, 255]);
    // 1000 nits · (1/12)^1.2 on the screen.
    for (const c of [0, 1, 2]) expect(found[3]![c]).toBe(srgb((1000 * (1 / 12) ** 1.2) / 203));
    const [r, g, b] = found[7]!;
    expect(r! - g!).toBeGreaterThan(60);
    expect(Math.abs(g! - b!)).toBeLessThan(25);
  });
});

describe("resolveDynamics", () => {
  it("goes by the picture's tags, then the container's", () => {
    expect(resolveDynamics([{}, { transfer: "pq", primaries: "bt2020" }])).toEqual({
      transfer: "pq",
      isWide: true,
    });
    expect(resolveDynamics([{ transfer: "hlg" }])).toEqual({ transfer: "hlg", isWide: true });
    expect(resolveDynamics([{ transfer: "bt709", primaries: "bt709" }, { primaries: "bt2020" }])).toEqual({
      transfer: "sdr",
      isWide: false,
    });
  });
});

describe("toneMapper", () => {
  const pixel = (...data: number[]) => ({ width: 1, height: 1, data: Float32Array.from(data) });

  it("does not touch what is sRGB already", () => {
    const frame = pixel(1, 2, 3);
    expect(toneMapper({ transfer: "sdr", isWide: false })(frame)).toBe(frame);
  });

  it("keeps white and makes BT.2020's colours BT.709's in wide SDR", () => {
    const map = toneMapper({ transfer: "sdr", isWide: true });
    expect(map(pixel(255, 255, 255)).data).toBeAllclose([255, 255, 255], { absolute: 0.05 });
    const [r, g, b] = map(pixel(200, 100, 100)).data;
    expect(r).toBeGreaterThan(205);
    expect(g).toBeLessThan(100);
    expect(b).toBeLessThan(105);
  });
});
