import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectedMemory, hostBytes } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import type { Windowing } from "../frame-window.ts";
import { loadModel } from "../pipeline/index.node.ts";
import { type Chunk, type Model, resolveMethod } from "../pipeline/index.ts";
import { checkMemory, expectationOf, freeMemory } from "./memory.ts";
import type { CheckedEdit, Prepared } from "./prepared.ts";

/** Peaks in bytes of an edit of 8 frames in 50 steps, of 240 in 5, in chunks, and of 48 at once. */
const MEASURED = { 8: 950e6, 240: 879e6, whole48: 1535e6 } as const;

/** Peaks in bytes of an edit of 8 frames of 256×256 in two steps, by how it is computed (bench:memory). */
const FORMS = { plain: 1137e6, half: 1188e6, halfLow: 556e6, regions: 1121e6, regionsLow: 554e6 } as const;

let model: Model;
beforeAll(async () => {
  model = await loadModel("tinytown");
});
afterAll(() => model.close());

function prepared(frames: number, side = 128): Prepared {
  const info = {
    kind: "video",
    width: side,
    height: side,
    fps: 8,
    frameCount: frames,
    duration: frames / 8,
  } as const;
  return {
    input: { kind: "clip", path: "car.mp4", info },
    model,
    terms: { prompt: "a red car", steps: 50, settings: resolveMethod(model, {}) },
    size: { width: side, height: side },
    scenes: "auto",
    window: "auto",
  };
}

/** What the check says of a job under a limit in GB, and which fields it advises to set to what. */
function refusal(job: Prepared, maxMemory: number) {
  try {
    checkMemory(job, { maxMemory }, []);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(FateZeroError);
    const { code, message, advice } = error as FateZeroError;
    return {
      code,
      message,
      advice,
      fields: new Map(advice.map(({ field, value }) => [field, Number(value)])),
    };
  }
}

describe("the memory that a job takes", () => {
  test("grows with frames and pixels, and is less where less is done", () => {
    const base = {
      ...prepared(8).terms,
      width: 128,
      height: 128,
      frames: 8,
      encodes: true,
      branches: 3,
    } as const;
    const of = (change: object): number => expectedMemory(model, { ...base, ...change });
    const whole = of({});
    const atOnce = { settings: resolveMethod(model, { groupNorm: "clip" }) };
    expect(of({ ...atOnce, frames: 48 })).toBeGreaterThan(1.8 * of({ keepsSource: false }));
    expect(of({ width: 512, height: 512 })).toBeGreaterThan(3 * whole);
    expect(of({ branches: null })).toBeLessThan(whole);
    expect(of({ encodes: false })).toBeLessThan(whole);
    expect(of({ unguided: true })).toBeGreaterThan(whole);
    expect(of({ unguided: true, branches: 2 })).toBe(of({ branches: 2 }));
    expect(of({ reusesDeep: true })).toBeGreaterThan(whole);
    const optimizing = of({ branches: null, nullTextPerFrame: false });
    expect(optimizing).toBeGreaterThan(1.3 * of({ branches: null }));
    expect(of({ branches: null, nullTextPerFrame: true })).toBeGreaterThan(0.9 * optimizing);
    // As measured (bench:long).
    expect(whole / MEASURED[8]).toBeGreaterThan(0.7);
    expect(whole / MEASURED[8]).toBeLessThan(1.4);
    expect(of({ frames: 240, steps: 5 }) / MEASURED[240]).toBeGreaterThan(0.7);
    expect(of({ frames: 240, steps: 5 }) / MEASURED[240]).toBeLessThan(1.4);
    expect(of({ ...atOnce, frames: 48 }) / MEASURED.whole48).toBeGreaterThan(0.7);
    expect(of({ ...atOnce, frames: 48 }) / MEASURED.whole48).toBeLessThan(1.4);
  });

  test("hardly grows with the frames of a clip that is computed in chunks", () => {
    const { terms } = prepared(8);
    const base = { ...terms, width: 128, height: 128, encodes: true, branches: 3 } as const;
    const alone = { steps: 2, keepsSource: false };
    const of = (frames: number, chunk: Chunk = "auto"): number =>
      expectedMemory(model, { ...base, ...alone, frames, chunk });
    expect(of(240) / of(8)).toBeLessThan(1.3);
    expect(of(240, 240) / of(8)).toBeGreaterThan(4);
    expect(of(240, 1)).toBeLessThan(of(240, 4));
    // Null-text inversion, too.
    const texts = { ...base, ...alone, branches: null, nullTextPerFrame: false } as const;
    const ofTexts = (frames: number): number => expectedMemory(model, { ...texts, frames });
    expect(ofTexts(240) / ofTexts(8)).toBeLessThan(1.3);
    expect(of(240, 4)).toBeLessThan(of(240, 16));
  });

  test("is that of the device's card where that has less than the machine", () => {
    const { terms } = prepared(8);
    const asked = { ...terms, width: 128, height: 128, encodes: true, branches: 3, frames: 8 } as const;
    const needed = expectedMemory(model, asked) - hostBytes(model, asked);
    const guided = { settings: { guidance: 2 } } as CheckedEdit;
    const on = (cardBytes: number | null, maxMemory?: number) =>
      checkMemory({ ...prepared(8), cardBytes }, maxMemory === undefined ? {} : { maxMemory }, [guided]);
    expect(on(null).model.chunk).toBe("auto");
    expect(on(needed + 1e6)).toMatchObject({ model: { chunk: "auto" }, keepSource: undefined });
    // What is kept of the source is kept by the machine: to leave it out makes no room on the card.
    expect(on(needed - 1e6).model.chunk).toBe(4);
    expect(() => on(10e6)).toThrow(/ are free, and 10 MB on the card for the model and what it computes\./);
    // What a person says holds for all.
    expect(on(10e6, 4).model.chunk).toBe("auto");
  });

  test("has the source's states in it where they are kept, which are left out before chunks get smaller", () => {
    const { terms } = prepared(8);
    const base = { ...terms, width: 128, height: 128, encodes: true, branches: 3, frames: 8 } as const;
    const kept = expectedMemory(model, base);
    const bare = expectedMemory(model, { ...base, keepsSource: false });
    expect(kept - bare).toBe(4 * 50 * 8 * (3 * 256 * 64 + 3 * 64 * 128 + 16 * 192));
    expect(expectedMemory(model, { ...base, branches: null })).toBeLessThan(bare);
    const guided = { settings: { guidance: 2 } } as CheckedEdit;
    const taken = (bytes: number) => checkMemory(prepared(8), { maxMemory: bytes / 1e9 }, [guided]);
    expect(taken(kept + 1e6).keepSource).toBeUndefined();
    expect(taken(kept - 1e6)).toMatchObject({ keepSource: false, model: { chunk: "auto" } });
    expect(taken(bare - 1e6)).toMatchObject({ keepSource: false, model: { chunk: 4 } });
    // A saved inversion holds none, so that none are counted.
    const saved = { ...prepared(8), input: { kind: "inversion" } as Prepared["input"] };
    const least = expectedMemory(model, { ...base, encodes: false, keepsSource: false });
    const fits = checkMemory(saved, { maxMemory: least / 1e9 + 0.001 }, [guided], 8);
    expect(fits.model.chunk).toBe("auto");
    expect(fits.keepSource).toBeUndefined();
  });

  test("is that of half precision where it is asked for, and more of regions, as measured", () => {
    const { terms } = prepared(8);
    const base = {
      ...terms,
      width: 256,
      height: 256,
      encodes: true,
      branches: 3,
      frames: 8,
      steps: 2,
    } as const;
    const { engine } = model;
    const half = { ...engine.lowering, precision: "fp16" } as const;
    const onCpu = { ...model, engine: { ...engine, lowering: half } };
    const onCard = { ...model, engine: { ...engine, lowering: half, device: "cuda" as const } };
    const bytes = {
      plain: expectedMemory(model, base),
      half: expectedMemory(onCpu, base),
      halfLow: expectedMemory(onCpu, base, "lowMemory"),
      regions: expectedMemory(model, { ...base, regions: 3 }),
      regionsLow: expectedMemory(model, { ...base, regions: 3 }, "lowMemory"),
    };
    for (const [form, measured] of Object.entries(FORMS)) {
      const ratio = bytes[form as keyof typeof FORMS] / measured;
      expect(ratio, form).toBeGreaterThan(0.8);
      expect(ratio, form).toBeLessThan(1.2);
    }
    expect(bytes.regions).toBeGreaterThan(expectedMemory(model, { ...base, regions: 1 }));
    expect(expectedMemory(model, { ...base, regions: 1 })).toBeGreaterThan(bytes.plain);
    // Of what lies in the graphs, the weights and the UNet's activations are half: the VAE's sums and norms are not.
    const graphs = (own: typeof model, frames: number): number =>
      expectedMemory(own, { ...base, chunk: frames, frames, encodes: false, branches: null }) -
      expectedMemory(own, { ...base, chunk: 1, frames: 1, encodes: false, branches: null });
    const pixels = 7 * (45 * 256 * 256 + 8 * 3 * 4 * 32 * 32);
    expect((graphs(onCard, 8) - pixels) / (graphs(model, 8) - pixels)).toBeLessThan(0.5);
    expect(graphs(onCpu, 8)).toBe(graphs(model, 8));
  });

  test("counts the regions of its edits, and what a person drew", () => {
    const parts = { settings: { guidance: 2 }, regions: { list: [1, 2, 3] } } as unknown as CheckedEdit;
    const alone = { settings: { guidance: 2 } } as CheckedEdit;
    const needed = (edit: CheckedEdit): number =>
      expectationOf(prepared(8, 256), { maxMemory: 64 }, [edit], 8).bytes;
    expect(needed(parts)).toBeGreaterThan(needed(alone));
    // Masks of every frame, as floats.
    const drawn = { ...alone, hand: { mask: null } } as unknown as CheckedEdit;
    expect(needed(drawn) - needed(alone)).toBe(16 * 8 * 256 * 256);
  });

  test("is kept to by as many frames at a time as fit", () => {
    const job = prepared(48, 256);
    const taken = (maxMemory: number): Chunk => checkMemory(job, { maxMemory }, []).model.chunk;
    const base = { ...job.terms, ...job.size, frames: 48, encodes: true, branches: null } as const;
    const of = (chunk: Chunk): number => expectedMemory(model, { ...base, chunk });
    expect(taken(of("auto") / 1e9 + 0.001)).toBe("auto");
    expect(taken(of("auto") / 1e9 - 0.001)).toBe(8 / 2);
    expect(taken(of(2) / 1e9 + 0.001)).toBe(2);
    expect(taken(of(1) / 1e9 + 0.001)).toBe(1);
    // One that is asked for is taken or refused, and what would fit is said.
    expect(checkMemory(job, { chunk: 3 }, []).model.chunk).toBe(3);
    const limit = of(2) / 1e9 + 0.001;
    const error = (() => {
      try {
        return checkMemory(job, { chunk: 16, maxMemory: limit }, []);
      } catch (thrown) {
        return thrown as FateZeroError;
      }
    })();
    expect(error).toMatchObject({ code: "memory-too-small" });
    expect((error as FateZeroError).advice).toContainEqual({ field: "chunk", move: "lower", value: 2 });
  });

  test("is that of the whole clip where chunks cannot be, and asking for them is refused", () => {
    const job = prepared(8);
    const compat = {
      ...job,
      terms: { ...job.terms, settings: resolveMethod(model, { compat: "fatezero" }) },
    };
    expect(() => checkMemory(compat, { chunk: 2 }, [])).toThrow(/chunk would have no effect, as statistics/);
    expect(checkMemory(compat, {}, []).model.chunk).toBe("auto");
    const tuned = { ...job, model: { ...model, tuned: true } };
    expect(() => checkMemory(tuned, { chunk: 2 }, [])).toThrow(
      /layers over time of tinytown take all of them/,
    );
  });

  test("is that of a window of a model with layers over time, and shorter ones are told of where they fit", () => {
    const job = prepared(240);
    const tuned = { ...model, tuned: true };
    const of = (window: Windowing): Prepared => {
      const settings = resolveMethod(tuned, { window }, 240);
      return { ...job, model: tuned, window, terms: { ...job.terms, steps: 2, settings } };
    };
    const bytesOf = (window: Windowing): number => {
      const { terms, size } = of(window);
      return expectedMemory(tuned, { ...terms, ...size, frames: 240, encodes: true, branches: null });
    };
    expect(bytesOf("auto")).toBeLessThan(0.5 * bytesOf("off"));
    expect(() => checkMemory(of("auto"), { chunk: 2 }, [])).toThrow(
      /^chunk would have no effect, as the layers over time of tinytown take a whole window: 16 frames/,
    );
    const eight = bytesOf({ frames: 8, overlap: 2 });
    for (const window of ["auto", "off"] as const) {
      expect(bytesOf(window)).toBeGreaterThan(eight);
      const refused = refusal(of(window), eight / 1e9 + 0.001)!;
      expect(refused.code).toBe("memory-too-small");
      expect(refused.advice).toContainEqual({ field: "window", move: "set", value: "8:2" });
    }
    expect(() =>
      checkMemory(of({ frames: 8, overlap: 2 }), { maxMemory: eight / 1e9 + 0.001 }, []),
    ).not.toThrow();
  });

  test("is told before the work where it is more than may be taken, with what would fit", () => {
    const job = prepared(4000);
    const refused = refusal(job, 4)!;
    expect(refused.code).toBe("memory-too-small");
    expect(refused.message).toMatch(
      /^4000 frames of 128x128 pixels take about [\d.]+ GB of memory, and 4\.0 GB are allowed\./,
    );
    const frames = refused.fields.get("frames")!;
    expect(frames).toBeGreaterThan(50);
    expect(frames).toBeLessThan(4000);
    expect(refusal(prepared(frames), 4)).toBeNull();
    expect(refusal(job, refused.fields.get("maxMemory")!)).toBeNull();
  });

  test("may fit at a smaller size", () => {
    const refused = refusal(prepared(8, 4096), 4)!;
    const size = refused.fields.get("size")!;
    expect(size % model.sizeMultiple).toBe(0);
    expect(size).toBeGreaterThan(128);
    expect(refusal(prepared(8, size), 4)).toBeNull();
    expect(refusal(prepared(8, size + model.sizeMultiple), 4)).not.toBeNull();
  });

  test("may be too much whatever is asked for", () => {
    const refused = refusal(prepared(1, 16), 0.01)!;
    expect([...refused.fields.keys()]).toEqual(["maxMemory"]);
    expect(refused.message).toContain("Use a machine with more memory");
  });

  test("is measured against what is free", () => {
    expect(freeMemory()).toBeGreaterThan(1e8);
    expect(() => checkMemory(prepared(2), {}, [])).not.toThrow();
    expect(() => checkMemory(prepared(1e6), {}, [])).toThrow("are free");
  });
});
