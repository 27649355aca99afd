/** Whatever a config holds: a run that can be planned, or one error that names the file and the key, at once. */
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readConfig } from "../../src/config/index.ts";
import { FateZeroError } from "../../src/errors.ts";
import { planRun, runTerms } from "../../src/job/run/plan.ts";
import { loadModel } from "../../src/pipeline/index.node.ts";

const model = await loadModel("tinytown");
afterAll(() => model.close());
const SIZE = { width: 128, height: 128 };
const CLIP = {
  kind: "clip",
  path: "a.mp4",
  info: { ...SIZE, kind: "video", fps: 8, frameCount: 4, hasAudio: false },
} as unknown as Parameters<typeof runTerms>[1];

type Tree = Readonly<Record<string, unknown>>;
const BASE: Tree = {
  pretrained_model_path: "tinytown",
  dataset_config: {
    ...{
      path: "a.mp4",
      prompt: "a red car on a road",
      n_sample_frame: 2,
      sampling_rate: 1,
      start_sample_frame: 0,
    },
    ...{ offset: { left: 0, top: 0 }, stride: 1 },
  },
  model_config: { SparseCausalAttention_index: [-1, "first"], least_sc_channel: 0 },
  editing_config: {
    ...{ num_inference_steps: 3, guidance_scale: 2.5, editing_prompts: ["a blue car on a road"] },
    ...{ use_inversion_attention: true, prompt2prompt_edit: true },
    p2p_config: {
      0: {
        cross_replace_steps: { default_: 0.8, blue: 0.5 },
        ...{ self_replace_steps: 0.8, is_replace_controller: true },
        eq_params: { words: ["blue"], values: [2] },
        blend_words: [["car"], ["car"]],
        blend_th: [0.3, 0.3],
      },
    },
  },
  fatezero: { compat: true, audio: true, lora: [], negative: "", output: "blue.mp4", fps: 8, from: 1 },
};

/** What was planned already. */
const planned = new Set<string>();

/** What is said of a config; null where it can be run. */
async function said(text: string): Promise<string | null> {
  try {
    const { config, warnings } = readConfig(text, "a.yaml");
    for (const { message } of warnings) expect(message.length).toBeLessThan(5000);
    // Most keys leave the plan as it was.
    const terms = JSON.stringify([config.edits, config.method, config.clip.prompt]);
    if (planned.has(terms)) return null;
    const edits = await planRun(
      model,
      runTerms(model, CLIP, config, { frames: 8, window: "auto" }),
      config,
      SIZE,
      "a.yaml",
    );
    planned.add(terms);
    for (const { settings } of edits)
      for (const value of Object.values(settings))
        if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
    return null;
  } catch (error) {
    if (!(error instanceof FateZeroError)) throw error;
    expect(error.message).toContain(`"a.yaml"`);
    return error.message;
  }
}

function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))];
}
function withAt(tree: Tree, [key, ...rest]: readonly string[], value: unknown): Tree {
  return { ...tree, [key!]: rest.length === 0 ? value : withAt(tree[key!] as Tree, rest, value) };
}

const { NaN: NAN, POSITIVE_INFINITY: INF } = Number;
const HOSTILE: readonly unknown[] = [
  ...[0, -0, -1, 1.5, 1e9, 1e308, -1e308, 5e-324, NAN, INF, -INF, true, null, "", "toString", "__proto__"],
  ...[
    `\${constructor}`,
    `\${a`,
    `\${.}`,
    [],
    [NAN],
    [INF, INF],
    [[1e308]],
    ["toString"],
    {},
    { toString: 1 },
  ],
  ...["x".repeat(50_000), new Array(5000).fill(0), new Array(2000).fill("a blue car")],
];
/** Numbers that a YAML file may hold, as `stringify` writes them. */
const text = (tree: unknown): string => stringify(tree, { aliasDuplicateObjects: false });

it("is a run as it stands", async () => {
  expect(await said(text(BASE))).toBe(null);
});

it("is a run, or refused, whatever stands at a key", { timeout: 240_000 }, async () => {
  for (const compat of [true, false]) {
    const base = withAt(BASE, ["fatezero", "compat"], compat);
    for (const path of pathsOf(base).filter((keys) => keys.length > 0))
      for (const value of HOSTILE) await said(text(withAt(base, path, value)));
  }
});

it("is a run, or refused, with keys that objects have by themselves", async () => {
  for (const key of [
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "length",
    "x".repeat(100_000),
  ]) {
    const mappings = pathsOf(BASE).filter((path) => !/default_|blue|words/.test(path.at(-1) ?? ""));
    for (const path of mappings) {
      const parent = path.slice(0, -1);
      const lines = text(BASE).split("\n");
      const at = lines.findIndex((line) => line.trim().startsWith(`${path.at(-1)}:`));
      const indent = " ".repeat(2 * parent.length);
      await said([...lines.slice(0, at), `${indent}? "${key}"\n${indent}: 1`, ...lines.slice(at)].join("\n"));
    }
  }
});

const doubling = (of: (i: number) => string, count = 40): string =>
  Array.from({ length: count }, (_, i) => `  k${i}: ${i === 0 ? "xxxxxxxxxx" : of(i)}`).join("\n");
const edit = (prompt: string): string => `
dataset_config: {path: a.mp4, prompt: a red car on a road, n_sample_frame: 2}
editing_config:
  editing_prompts: ${prompt}
  p2p_config: {0: {cross_replace_steps: {default_: 0.8}, self_replace_steps: 0.8}}
`;

describe("is refused at once", () => {
  it.each<[string, string, string]>([
    [
      "references that double a text",
      `zz:\n${doubling((i) => `"\${zz.k${i - 1}}\${zz.k${i - 1}}"`)}${edit(`["\${zz.k39}"]`)}`,
      "references",
    ],
    [
      "references that double a list",
      `zz:\n${doubling((i) => `["\${zz.k${i - 1}}", "\${zz.k${i - 1}}"]`)}${edit(`"\${zz.k39}"`)}`,
      "editing_prompts",
    ],
    [
      "references that make a long text",
      `zz:\n${doubling((i) => `"${`\${zz.k${i - 1}}`.repeat(30)}"`, 5)}${edit(`["\${zz.k4}"]`)}`,
      "references",
    ],
    [
      "a chain of references",
      `zz:\n${doubling((i) => `"\${zz.k${i - 1}}"`, 5000)}${edit(`["\${zz.k4999}"]`)}`,
      "references inside each other",
    ],
    [
      "references in references",
      edit(`["${"${".repeat(5000)}x${"}".repeat(5000)}"]`),
      "references inside each other",
    ],
    ["a reference to itself", edit(`["\${editing_config.editing_prompts.0}"]`), "leads back to itself"],
    [
      "a list that holds itself by reference",
      edit(`["\${editing_config.editing_prompts}"]`),
      "editing_prompts",
    ],
    [
      "aliases that double a list",
      `zz:\n${doubling((i) => `&k${i} [*k${i - 1}, *k${i - 1}]`).replace("k0: ", "k0: &k0 ")}${edit('["x"]')}`,
      "values when its aliases",
    ],
    [
      "merges that double a mapping",
      `zz:\n${doubling((i) => `&k${i} {<<: [*k${i - 1}, *k${i - 1}]}`, 25).replace("k0: xxxxxxxxxx", "k0: &k0 {a: 1}")}${edit('["x"]')}`,
      "values when its aliases",
    ],
    [
      "a chain of merges",
      `zz:\n${doubling((i) => `&k${i} {<<: *k${i - 1}}`, 5000).replace("k0: xxxxxxxxxx", "k0: &k0 {a: 1}")}${edit('["x"]')}`,
      "nested too deeply",
    ],
    ["an alias of what holds it", `zz: &zz [1, *zz]${edit('["x"]')}`, "hold itself"],
    [
      "100,000 brackets",
      `zz: ${"[".repeat(100_000)}${"]".repeat(100_000)}${edit('["x"]')}`,
      "nested too deeply",
    ],
    ["100,000 open brackets", `zz: ${"[".repeat(100_000)}`, "nested too deeply"],
    ["100,000 braces", `zz: ${"{a: ".repeat(100_000)}`, "nested too deeply"],
    ["100,000 dashes", `zz:\n  ${"- ".repeat(100_000)}x${edit('["x"]')}`, "nested too deeply"],
    [
      "1,000 levels of indentation",
      `${Array.from({ length: 1000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")} 1`,
      "nested too deeply",
    ],
    ["100,000 question marks", `${"? ".repeat(100_000)}x`, "nested too deeply"],
    ["10,000 edits", edit(`\n${"    - a blue car\n".repeat(10_000)}`), "has 10000 sentences, more than 1000"],
    ["200,000 values", `zz: [${"1,".repeat(200_000)}]${edit('["x"]')}`, "values"],
    [
      "a prompt of 500,000 letters",
      edit(`["${"a blue car ".repeat(50_000)}"]`),
      "550000 characters, more than the 10000",
    ],
  ])("for %s", async (_, config, fault) => {
    const message = await said(config);
    expect(message).toContain(fault);
  });
});
