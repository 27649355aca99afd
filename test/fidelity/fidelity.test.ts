/** The comparison itself: that it passes what is right, finds what is wrong, and survives what is broken. */
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/files/index.node.ts";
import { readSafetensors } from "../../src/files/index.ts";
import type { FloatTensor } from "../../src/tensor/index.ts";
import { fixture } from "../support/fixtures.ts";
import { compareCase } from "./case.ts";
import { compareFolder } from "./folder.ts";
import { caseSettings } from "./settings.ts";

const CASE = fileURLToPath(new URL("fixtures/e_self_mid.safetensors", import.meta.url));
let root: string;
let tensors: Map<string, FloatTensor>;
let metadata: Readonly<Record<string, string>>;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "fatezero-fidelity-"));
  const model = join(root, "models/micro-sd-tuned");
  await mkdir(join(root, "edit"));
  await cp(fixture("models/micro-sd"), model, { recursive: true });
  await cp(fixture("models/micro-sd-tuned"), model, { recursive: true });
  await cp(fixture("clip-tokenizer"), join(model, "tokenizer"), { recursive: true });
  ({ tensors, metadata } = await readSafetensors(CASE));
});
afterAll(() => rm(root, { recursive: true }));

/** Writes the stored case with some of its tensors changed (null: left out) and compares it. */
async function compareWith(
  name: string,
  change: (name: string, data: Float32Array) => Float32Array | null,
  about = metadata,
) {
  const entries = [...tensors].flatMap(([key, { shape, data }]) => {
    const changed = change(key, data.slice());
    return changed ? [[key, { dtype: "float32" as const, shape, data: changed }] as const] : [];
  });
  const file = join(root, `edit/${name}.safetensors`);
  await writeSafetensors(file, Object.fromEntries(entries), about);
  return compareCase(root, file);
}

const missed = ({ rows }: Awaited<ReturnType<typeof compareCase>>): string[] =>
  rows.filter(({ verdict }) => verdict === "MISS").map(({ quantity }) => quantity);

describe("npm run fidelity", () => {
  it("reproduces a run of the released code within the marks", async () => {
    const result = await compareWith("right", (_, data) => data);
    expect(missed(result)).toEqual([]);
    expect(result.failures).toEqual([]);
    expect(result.rows.map(({ quantity }) => quantity)).toEqual(
      expect.arrayContaining([
        "token mapper",
        "text states",
        "inversion ε",
        "edit ε, target",
        "edit latents",
      ]),
    );
  });

  it("finds what is wrong, and only that", async () => {
    const result = await compareWith("wrong", (name, data) => {
      if (name === "ctrl/mapper") data[5]! += 1;
      if (name === "edit/eps_raw") data[2 * data.length * 0.2]! += 0.01;
      return data;
    });
    expect(missed(result)).toEqual(["token mapper", "edit ε, unconditional", "edit latents"]);
  });

  it("compares what a case holds, and says so where that is nothing", async () => {
    const some = await compareWith("some", (name, data) => (/^(inv|text)\//.test(name) ? data : null));
    expect(missed(some)).toEqual([]);
    expect(some.rows.map(({ quantity }) => quantity)).toContain("inversion ε");
    expect(some.rows.map(({ quantity }) => quantity)).not.toContain("edit latents");
    const none = await compareWith("none", () => null, { meta_json: metadata.meta_json! });
    expect(none.failures).toMatchObject([
      { reason: "it holds nothing that could be compared", judged: true },
    ]);
  });

  it("goes on after a file that is broken, and counts it", async () => {
    await rm(join(root, "edit"), { recursive: true });
    await mkdir(join(root, "edit"));
    await cp(CASE, join(root, "edit/sound.safetensors"));
    await writeFile(join(root, "edit/broken.safetensors"), "nothing");
    const lines: string[] = [];
    expect(await compareFolder(root, [], (text) => lines.push(text))).toBe(1);
    expect(lines[0]).toMatch(/^broken\n {2}MISS {2}the case: .*not a sound \.safetensors file/);
    expect(lines[1]).toMatch(/^sound: models\/micro-sd-tuned, 4 frames, 128 px, 5 steps, guidance 7.5\n/);
    expect(lines.at(-1)).toBe("2 cases, 1 misses");
  });

  it("counts a folder without cases as a miss", async () => {
    const lines: string[] = [];
    expect(await compareFolder(join(root, "nowhere"), [], (text) => lines.push(text))).toBe(1);
    expect(lines).toEqual([expect.stringContaining("nowhere"), "0 cases, 1 misses"]);
  });
});

describe("caseSettings", () => {
  const settings = (entry: object) =>
    caseSettings(
      JSON.stringify({ case: { model: "m", source_prompt: "a", target_prompt: "b", p2p: {}, ...entry } }),
    );

  it("takes the reference's defaults for absent keys", () => {
    expect(settings({})).toMatchObject({
      frames: null,
      frameCount: 8,
      size: 512,
      steps: 20,
      guidance: 7,
      attend: null,
      leastChannels: 0,
    });
  });

  it("reads frame lists, and starts from latents where sides are given", () => {
    const model_config = { SparseCausalAttention_index: [-1, "middle", "last"], least_sc_channel: 16 };
    expect(settings({ model_config, height: 320, width: 512 })).toMatchObject({
      attend: [-1, "mid", "last"],
      leastChannels: 16,
      size: null,
    });
    expect(settings({ model_config: { SparseCausalAttention_index: [] } }).attend).toEqual([]);
  });

  it.each([
    [{ source_prompt: 3 }, '"source_prompt" is 3, not a text'],
    [{ model: undefined }, '"model" is missing, not a text'],
    [{ model_config: { SparseCausalAttention_index: ["best"] } }, 'holds "best", which is no frame'],
  ])("names what is wrong: %j", (entry, message) => {
    expect(() => settings(entry)).toThrow(message);
  });
});
