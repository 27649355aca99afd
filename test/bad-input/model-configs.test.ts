/** Whatever a model folder's configurations claim: a sound model, or one error that names the file. Nothing absurd is built. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { plainUNet } from "../../src/attention/index.ts";
import { openCheckpointFolder, openClipFolder } from "../../src/checkpoint/index.node.ts";
import type { Checkpoint, ClipCheckpoint, JsonObject } from "../../src/checkpoint/index.ts";
import { readSettings } from "../../src/checkpoint/settings.ts";
import { createSchedule } from "../../src/diffusion/index.ts";
import { presetOf } from "../../src/edit/index.ts";
import { FateZeroError } from "../../src/errors.ts";
import { clipTextGraph, vaeGraphs } from "../../src/model/index.ts";
import { createClip } from "../../src/pipeline/clip.ts";
import { createModel, planSites } from "../../src/pipeline/index.ts";
import { createEngine } from "../../src/runtime/index.node.ts";
import { inRepository } from "../support/fixtures.ts";

const ROOT = inRepository("models/tinytown");
const base = await openCheckpointFolder(ROOT);
const clip = await openClipFolder(ROOT);
// It starts no process before something is computed.
const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

/** All of a checkpoint that comes before numbers are computed. */
function build(checkpoint: Checkpoint): void {
  const model = createModel(checkpoint, engine, "");
  const sites = planSites(model, null, 16, 16);
  createSchedule(checkpoint.scheduler, 1);
  createSchedule(checkpoint.scheduler, 1, "fatezero");
  for (const kind of ["style", "shape"] as const) presetOf(model, kind, 1);
  model.tokenizer.encode("a red car <|endoftext|> on a road");
  clipTextGraph(checkpoint.textEncoder);
  vaeGraphs(checkpoint.vae);
  for (const groupNorm of ["frame", "clip"] as const) {
    plainUNet(checkpoint.unet, {
      ...{ attend: { frames: [0, "mid"] }, groupNorm, temporal: true },
      ...{ textLength: model.tokenizer.maxLength, wordMapSites: sites.maps },
    });
  }
}

/** The keys of a configuration that are read, and a few of the others, which shall not matter. */
function keysOf(config: JsonObject, at: (config: JsonObject) => Checkpoint): readonly string[] {
  const read = new Set<string>();
  const get = (target: JsonObject, key: string | symbol): unknown => {
    if (typeof key === "string") read.add(key);
    return Reflect.get(target, key);
  };
  build(at(new Proxy(config, { get })));
  expect(read.size).toBeGreaterThan(5);
  const others = Object.keys(config).filter((key) => !read.has(key));
  return [...read, ...others.slice(0, 2)];
}

/** Runs what may be refused; what is said then, null where it is not. */
function said(work: () => void): string | null {
  const [heap, start] = [process.memoryUsage().heapUsed, process.memoryUsage().arrayBuffers];
  let message: string | null = null;
  try {
    work();
  } catch (error) {
    if (!(error instanceof FateZeroError)) throw error;
    message = error.message;
  }
  // Arrays are made as long as files say: what is refused must not have made them.
  expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(100e6);
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(400e6);
  if (message !== null) expect(message.length).toBeLessThan(20_000);
  return message;
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const HOSTILE: readonly unknown[] = [
  ...[0, -1, -0, 1, 2, 3, 1.5, 7, 63, 64, 1000, 65_537, 1e6, 1e9, 2 ** 53, 1e308, Number.POSITIVE_INFINITY],
  ...[-1e9, 5e-324, 0.5, true, false, null, "", "NaN", "1e9", "toString", "__proto__", "constructor", "gelu"],
  ...[[], [0], [1e9], [64, 128], [64, 128, 192, 192], ["toString"], [[1]], {}, { length: 1e9 }, deep(40)],
  ...["x".repeat(100_000), new Array(100_000).fill(64), new Array(1000).fill("DownBlock2D")],
];
const FOLDERS = { unet: "unet", vae: "vae", textEncoder: "text_encoder" } as const;

describe.each(Object.keys(FOLDERS))("the config.json of the %s", (name) => {
  const network = name as keyof typeof FOLDERS;
  const component = base[network];
  const withConfig = (config: JsonObject): Checkpoint => ({ ...base, [network]: { ...component, config } });

  it("is that of a model, or named with its fault: every key with every hostile value", () => {
    for (const key of keysOf(component.config, withConfig)) {
      for (const value of HOSTILE) {
        const message = said(() => build(withConfig({ ...component.config, [key]: value })));
        if (message === null) continue;
        // Networks that do not go together are named both.
        expect(message, `${key} ${JSON.stringify(value)?.slice(0, 60)}`).toContain(
          join(ROOT, FOLDERS[network]),
        );
      }
    }
  });

  it("is, or is named, with several keys of random values", () => {
    const value = fc.oneof(
      fc.constantFrom(...HOSTILE),
      fc.integer({ min: 0, max: 256 }),
      fc.array(fc.integer({ min: 1, max: 256 }), { maxLength: 5 }),
      fc.jsonValue(),
    );
    const changes = fc.dictionary(fc.constantFrom(...Object.keys(component.config)), value, { maxKeys: 3 });
    const holds = (changed: JsonObject): void => {
      const message = said(() => build(withConfig({ ...component.config, ...changed })));
      if (message !== null) expect(message).toContain(ROOT);
    };
    fc.assert(fc.property(changes, holds), { numRuns: 60, seed: 8 });
  });
});

describe("the files of a CLIP", () => {
  const PREPROCESSOR = join(clip.model.label, "preprocessor_config.json");
  const withClip = (change: Partial<ClipCheckpoint>): void => void createClip({ ...clip, ...change }, engine);
  const config = clip.model.config as Record<string, JsonObject>;
  const variants = HOSTILE.flatMap((value) => [
    ...Object.keys(config).map((key) => ({ ...config, [key]: value })),
    ...["text_config", "vision_config"].flatMap((tower) =>
      Object.keys(config[tower]!).map((key) => ({ ...config, [tower]: { ...config[tower], [key]: value } })),
    ),
    { ...config, text_config_dict: value },
  ]);

  it("are sound, or named with their fault", () => {
    for (const changed of variants) {
      const message = said(() => withClip({ model: { ...clip.model, config: changed } }));
      if (message !== null) expect(message).toContain(clip.model.label);
    }
    for (const key of Object.keys(clip.preprocessor!))
      for (const value of HOSTILE) {
        const message = said(() => withClip({ preprocessor: { ...clip.preprocessor, [key]: value } }));
        if (message !== null) expect(message).toContain(PREPROCESSOR);
      }
  });
});

describe("the scheduler_config.json", () => {
  const withScheduler = (scheduler: JsonObject): Checkpoint => ({ ...base, name: ROOT, scheduler });
  it.each(["epsilon", "v_prediction"])(
    "is one, or named with its fault, where %s is predicted",
    (prediction) => {
      for (const key of keysOf(base.scheduler, withScheduler)) {
        for (const value of [
          ...HOSTILE,
          new Array(1000).fill(1),
          new Array(1000).fill(0),
          new Array(1000).fill(-1),
        ]) {
          const scheduler = { ...base.scheduler, prediction_type: prediction, [key]: value };
          const message = said(() => build(withScheduler(scheduler)));
          if (message !== null) expect(message).toContain(join(ROOT, "scheduler", "scheduler_config.json"));
          else {
            const { steps, inversion } = createSchedule(scheduler, 1);
            for (const { a, b } of [...steps, ...inversion]) expect([a, b].every(Number.isFinite)).toBe(true);
          }
        }
      }
    },
  );
});

describe("the fatezero.json", () => {
  const own = JSON.parse(readFileSync(join(ROOT, "fatezero.json"), "utf8")) as JsonObject;
  it("is one, or named with its fault", () => {
    const presets = own.presets as Record<string, JsonObject>;
    const variants: JsonObject[] = HOSTILE.flatMap((value) => [
      ...Object.keys(own).map((key) => ({ ...own, [key]: value })),
      ...Object.entries(presets).flatMap(([kind, knobs]) => [
        { ...own, presets: { ...presets, [kind]: value } },
        ...Object.keys(knobs).map((key) => ({
          ...own,
          presets: { ...presets, [kind]: { ...knobs, [key]: value } },
        })),
      ]),
    ]);
    for (const json of variants) {
      const message = said(() => {
        build({ ...base, name: ROOT, settings: readSettings(json, join(ROOT, "fatezero.json")) });
      });
      if (message !== null) expect(message).toContain(join(ROOT, "fatezero.json"));
    }
  });
});
