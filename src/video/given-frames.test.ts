import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { checkedClip, checkedFrame } from "./given-frames.ts";
import type { GivenFrame } from "./types.ts";

const bytes = [0, 10, 20, 30, 40, 50];
const frame = (data: unknown, width = 2, height = 1): GivenFrame => ({ width, height, data }) as GivenFrame;

describe("a frame that a caller gives", () => {
  it.each([
    ["Uint8Array", Uint8Array.from(bytes)],
    ["Uint8ClampedArray", Uint8ClampedArray.from(bytes)],
    ["Buffer", Buffer.from(bytes)],
    ["a part of a larger Buffer", Buffer.from([9, ...bytes, 9]).subarray(1, 7)],
    ["Uint8Array of another realm", runInNewContext(`Uint8Array.from(${JSON.stringify(bytes)})`)],
    ["Float32Array", Float32Array.from(bytes)],
  ])("may be a %s", (_, data) => {
    const { frame: checked, isTransparent } = checkedFrame(frame(data), 0);
    expect(Array.from(checked.data)).toEqual(bytes);
    expect(checked.data instanceof Uint8Array || checked.data instanceof Float32Array).toBe(true);
    expect(isTransparent).toBe(false);
  });

  it("may have alpha, and lies on white where it is transparent", () => {
    const opaque = Uint8ClampedArray.of(1, 2, 3, 255, 4, 5, 6, 255);
    expect(checkedFrame(frame(opaque), 0)).toEqual({
      frame: { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
      isTransparent: false,
    });
    const half = Uint8Array.of(0, 100, 200, 0, 0, 0, 0, 51);
    expect(checkedFrame(frame(half), 0)).toEqual({
      frame: { width: 2, height: 1, data: Uint8Array.of(255, 255, 255, 204, 204, 204) },
      isTransparent: true,
    });
    const floats = checkedFrame(frame(Float32Array.of(10.5, 0, 0, 255, 0, 0, 0, 255)), 0);
    expect(Array.from(floats.frame.data)).toEqual([10.5, 0, 0, 0, 0, 0]);
  });

  it.each([
    ["nothing", undefined, "is undefined"],
    ["null", null, "is null"],
    ["no pixels", frame(undefined), "holds its pixels in nothing"],
    ["a list", frame(bytes), "holds its pixels in Array"],
    ["16 bits", frame(Uint16Array.from(bytes)), "holds its pixels in Uint16Array"],
    ["too few values", frame(Uint8Array.from(bytes).subarray(1)), "has 2x1 pixels but 5 values"],
    ["grey", frame(Uint8Array.of(1, 2)), "has 2x1 pixels but 2 values"],
    ["no size", { data: Uint8Array.from(bytes) }, "has undefinedxundefined pixels"],
    ["a broken size", frame(Uint8Array.from(bytes), 0.5, 4), "has 0.5x4 pixels"],
    ["NaN", frame(Float32Array.from([...bytes.slice(1), Number.NaN])), "holds the value NaN"],
    ["floats up to 1", frame(Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1)), "holds no value above 1"],
  ])("may not be %s", (_, given, what) => {
    expect(() => checkedFrame(given as GivenFrame, 3)).toThrow(
      expect.objectContaining({ code: "bad-frame", message: expect.stringContaining(`Frame 3 ${what}`) }),
    );
  });
});

describe("a clip that a caller gives", () => {
  const good = frame(Uint8Array.from(bytes));
  it("has frames of one size, and times that can be", () => {
    expect(checkedClip({ frames: [good, good], fps: 8 })).toMatchObject({
      clip: { fps: 8, frames: [{ width: 2 }, { width: 2 }] },
    });
    const refused = (clip: unknown) => expect(() => checkedClip(clip as never));
    const code = (name: string) => expect.objectContaining({ code: name });
    refused(undefined).toThrow(code("no-frames"));
    refused({ frames: [], fps: 8 }).toThrow(code("no-frames"));
    refused({ frames: [good, frame(Uint8Array.from(bytes), 1, 2)], fps: 8 }).toThrow(
      code("frame-size-differs"),
    );
    refused({ frames: [good] }).toThrow(code("bad-fps"));
  });
});
