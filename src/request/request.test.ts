import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { Option } from "@commander-js/extra-typings";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inRepository } from "../../test/support/fixtures.ts";
import { requestOf } from "../cli/commands/options.ts";
import { createProgram } from "../cli/program.ts";
import { readConfig } from "../config/read.ts";
import type { RunConfig } from "../config/types.ts";
import { configText } from "../config/write.ts";
import {
  ALL_FIELDS,
  CLIP,
  commandLineOf,
  type EditRequest,
  type FieldKey,
  fieldsOf,
  flagOf,
  jsonSchema,
  KNOBS,
  MODEL,
  pickFields,
  type RequestKind,
  type RunRequest,
} from "./index.ts";

const KINDS = ["edit", "invert", "maps", "run", "plan"] as const satisfies readonly RequestKind[];
const keys = Object.keys(ALL_FIELDS) as FieldKey[];

/** An edit that gives every field of it a value other than its default. */
const EVERYTHING = {
  input: "car.mp4",
  source: "a red car",
  captioner: "owner/blip",
  target: "a blue car",
  out: "blue.mp4",
  audio: false,
  sound: "car.mp4",
  preview: true,
  compare: "both.gif",
  saveMaps: "maps",
  mapsEvery: 3,
  saveLatents: "latents.safetensors",
  frames: 4,
  start: 1,
  stride: 2,
  from: "0:01",
  to: "2.5",
  crop: "16:9",
  background: "black",
  deinterlace: "off",
  size: 96,
  fps: 12,
  mask: "mask.png",
  maskMode: "add",
  protect: "face.mp4",
  negative: "night",
  remove: ["car", "dog"],
  enhance: true,
  preset: "shape",
  strength: 0.7,
  selfSteps: [0.1, 0.8],
  crossSteps: [
    ["default_", 0.7],
    ["blue", [0, 0.5]],
  ],
  maskWords: { source: ["car"] },
  maskFrom: "attention",
  maskThreshold: 0.4,
  latentBlend: false,
  amplify: [["blue", 2]],
  guidance: 3,
  guidanceSteps: [0.2, 0.8],
  reuseDeep: 3,
  align: "refine",
  method: "sdedit",
  seed: 4,
  sweep: [
    { field: "selfSteps", values: [0.2, [0.1, 0.5]] },
    { field: "preset", values: ["style", "attribute"] },
  ],
  regions: [
    { words: "car", prompt: "a blue car", mask: "C:\\left: 1.png" },
    { words: "sky", prompt: "a (red:1.5) sky" },
  ],
  fuseLayers: "all",
  fuseFrom: "reconstruction",
  model: "tinytown",
  lora: [{ path: "ink.safetensors", scale: 0.5 }],
  embeddings: [{ path: "cat.pt", word: "my-cat" }],
  vae: "owner/vae",
  variant: "fp16",
  prediction: "v_prediction",
  base: "owner/model",
  ema: true,
  lowMemory: true,
  chunk: 4,
  maxMemory: 12,
  device: "cpu",
  precision: "fp32",
  steps: 7,
  attend: [-1, "first"],
  scenes: [3, 8],
  window: { frames: 12, overlap: 5 },
  compat: "fatezero",
  live: "live.png",
  liveEvery: 4,
  liveVae: "owner/tiny-vae",
  fullSize: true,
  keepRest: true,
  resume: false,
} as const satisfies Required<EditRequest>;

/** A command line as its own parser reads it. */
async function parsed<K extends RequestKind>(kind: K, args: readonly string[]) {
  const program = createProgram();
  const command = program.commands.find((one) => one.name() === kind)!;
  let request: ReturnType<typeof requestOf<K>> | undefined;
  command.action(() => {
    request = requestOf(command, kind);
  });
  await program.parseAsync([...args], { from: "user" });
  return request;
}

describe("fields", () => {
  test("say all that is needed of them", () => {
    expect(keys.length).toBeGreaterThan(40);
    for (const key of keys) {
      const { type, flag, off, in: kinds, per = {} } = ALL_FIELDS[key];
      expect(kinds.length, key).toBeGreaterThan(0);
      for (const kind of Object.keys(per)) expect(kinds, key).toContain(kind);
      const mayStandAlone = type.kind === "number" && type.bare !== undefined;
      const takesValue = type.kind !== "flag" && !(type.kind === "choice" && type.flagged);
      if (flag.startsWith("-")) {
        expect(new Option(flag).required, flag).toBe(takesValue && !mayStandAlone);
        if (mayStandAlone) expect(new Option(flag).optional, flag).toBe(true);
      }
      if (off) expect(new Option(off.flag).attributeName()).toBe(new Option(flag).attributeName());
    }
  });

  test("have an option and a place in a config of their own", () => {
    for (const kind of KINDS) {
      const flags = fieldsOf(kind).flatMap(([key, { off }]) => [
        flagOf(key, kind),
        ...(off ? [off.flag] : []),
      ]);
      expect(new Set(flags).size).toBe(flags.length);
    }
    const places = keys.flatMap((key) => {
      const { yaml } = ALL_FIELDS[key];
      return typeof yaml === "string" ? [yaml] : "none" in yaml ? [] : yaml;
    });
    expect(new Set(places).size).toBe(places.length);
  });
});

describe("a request", () => {
  test("is an edit with every field of it", () => {
    expect(Object.keys(EVERYTHING).sort()).toEqual(
      fieldsOf("edit")
        .map(([key]) => key)
        .sort(),
    );
  });

  test("is written as a command line that is read as the same", async () => {
    expect(await parsed("edit", commandLineOf("edit", EVERYTHING))).toEqual(EVERYTHING);
  });

  test("holds what was given, and no default of the parser", async () => {
    const line = ["edit", "a.mp4", "-s", "a", "-t", "b", "-o", "c.mp4"];
    expect(await parsed("edit", line)).toEqual({ input: "a.mp4", source: "a", target: "b", out: "c.mp4" });
    expect(await parsed("edit", [...line, "--latent-blend"])).toMatchObject({ latentBlend: true });
  });

  test("of a run takes a config by its place and an input by its option", async () => {
    const run: RunRequest = { config: "a.yaml", input: "car.mp4", out: "jeep", frames: 2, lowMemory: true };
    const line = commandLineOf("run", run);
    expect(line).toEqual(expect.arrayContaining(["run", "a.yaml", "--input", "car.mp4"]));
    expect(await parsed("run", line)).toEqual(run);
  });

  test("of an inversion takes iterations with and without their number", async () => {
    const line = ["invert", "a.mp4", "-s", "a", "-o", "b.safetensors"];
    expect(await parsed("invert", [...line, "--null-text"])).toMatchObject({ nullText: 10 });
    const request = { input: "a.mp4", source: "a", out: "b.safetensors", nullText: 3, nullTextGuidance: 4 };
    expect(await parsed("invert", commandLineOf("invert", request))).toEqual(request);
    await expect(parsed("invert", [...line, "--null-text", "few"])).rejects.toThrow(
      "It must be a whole number of iterations, 1 to 10000.",
    );
  });

  test("any subset of its fields makes the way there and back", async () => {
    const { input, source, target, out, ...optional } = EVERYTHING;
    const some = fc.subarray(Object.entries(optional)).map((entries) => Object.fromEntries(entries));
    await fc.assert(
      fc.asyncProperty(some, async (part) => {
        const request = { input, source, target, out, ...part } as EditRequest;
        expect(await parsed("edit", commandLineOf("edit", request))).toEqual(request);
      }),
      { numRuns: 40 },
    );
  });
});

test("every field that has a place in a config is read from where it is written", () => {
  const {
    model,
    lowMemory,
    maxMemory: __,
    chunk: ___,
    device: ____,
    precision: _____,
    ...parts
  } = pickFields(MODEL, EVERYTHING);
  // These two stand in place of the prompt.
  const { remove, enhance: _, ...knobs } = pickFields(KNOBS, EVERYTHING);
  const { target: prompt, steps, attend, scenes, window, fps, crop, start, stride } = EVERYTHING;
  const config: RunConfig = {
    model,
    lowMemory,
    parts,
    clip: { ...pickFields(CLIP, EVERYTHING), path: "car.mp4", prompt: "a red car", start, stride, fps, crop },
    method: { steps, attend, scenes, window, compat: null, leastChannels: 0 },
    edits: [{ knobs: { prompt, ...knobs }, warnings: [] }],
    output: "blue.mp4",
    audio: false,
  };
  const read = readConfig(configText(config, "a comment"), "again.yaml");
  expect(read.warnings).toEqual([]);
  const [edit] = read.config.edits;
  // The authors' lists have a place for words of the target.
  const maskWords = { source: ["car"], target: [] };
  expect(edit!.knobs).toEqual({ prompt, ...knobs, maskWords });
  expect(read.config).toEqual({ ...config, edits: read.config.edits });
  for (const own of [{ remove }, { enhance: true }]) {
    const edits = [{ knobs: { ...own, ...knobs, maskWords }, warnings: [] }];
    const again = readConfig(configText({ ...config, edits }, "a comment"), "again.yaml");
    expect(again).toEqual({ config: { ...config, edits }, warnings: [] });
  }
});

describe("the JSON Schema of a request", () => {
  test.each(KINDS)("%s: its own fields, those required that it cannot do without", (kind) => {
    const { properties, required, additionalProperties } = jsonSchema(kind);
    expect(Object.keys(properties!)).toEqual(fieldsOf(kind).map(([key]) => key));
    expect(additionalProperties).toBe(false);
    expect(required?.includes("out")).toBe(kind !== "plan");
    for (const { description } of Object.values(properties!)) expect(description).not.toMatch(/--[a-z]/);
  });

  test("has ranges, choices and defaults", () => {
    const { properties } = jsonSchema("edit");
    expect(properties!.maskThreshold).toMatchObject({ type: "number", minimum: 0, maximum: 1 });
    expect(properties!.steps).toMatchObject({ type: "integer", minimum: 1, maximum: 1000, default: 50 });
    expect(properties!.align).toMatchObject({ enum: ["auto", "replace", "refine"], default: "auto" });
    expect(jsonSchema("maps").properties!.steps).toMatchObject({ default: 20 });
    expect(jsonSchema("run").required).toEqual(["config", "out"]);
    expect(jsonSchema("run").anyOf).toBeUndefined();
    expect(jsonSchema("edit").anyOf).toEqual([
      { required: ["target"] },
      { required: ["remove"] },
      { required: ["enhance"] },
      { required: ["regions"] },
    ]);
    expect(jsonSchema("plan").anyOf).toEqual([
      { required: ["source", "target"] },
      { required: ["source", "remove"] },
      { required: ["source", "enhance"] },
      { required: ["input", "target"] },
      { required: ["input", "remove"] },
      { required: ["input", "enhance"] },
      { required: ["pairs"] },
    ]);
  });
});

test("what tells the fields loads nothing of the library", () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(file, "utf8");
    for (const [, name] of source.matchAll(/^(?:import|export) (?!type)[^;]*?from "(\.[^"]*)";/gm))
      visit(resolve(dirname(file), name!));
    expect(source, file).not.toContain('from "node:');
  };
  visit(inRepository("src/request/index.ts"));
  const outside = [...seen]
    .map((file) => relative(inRepository("src"), file))
    .filter((file) => !file.startsWith("request/"));
  expect(outside.sort()).toEqual([
    "errors.ts",
    "frame-list.ts",
    "frame-window.ts",
    "limits.ts",
    "printable.ts",
    "prompt/windows.ts",
    "say.ts",
  ]);
});
