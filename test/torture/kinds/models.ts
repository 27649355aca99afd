import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fusedUNet, plainUNet } from "../../../src/attention/index.ts";
import { clipTextGraph, vaeGraphs } from "../../../src/model/index.ts";
import { loadModel } from "../../../src/pipeline/index.node.ts";
import { resolveMethod } from "../../../src/pipeline/index.ts";
import { inRepository } from "../../support/fixtures.ts";
import type { Kind } from "../harness.ts";
import type { Random } from "../random.ts";

const FILES = [
  ...["model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json", "fatezero.json"],
  ...[
    "scheduler/scheduler_config.json",
    "tokenizer/tokenizer_config.json",
    "tokenizer/special_tokens_map.json",
  ],
];
const VALUES: readonly unknown[] = [
  ...[
    0,
    -1,
    1.5,
    2,
    3,
    1e6,
    1e9,
    1e308,
    -0,
    null,
    true,
    false,
    "",
    "toString",
    "__proto__",
    "relu",
    [],
    {},
    [0],
    [[4]],
    ["toString"],
  ],
  [1e9, 1e9],
  "x".repeat(100_000),
];

function changed(config: Record<string, unknown>, random: Random): Record<string, unknown> {
  const key = random.pick([...Object.keys(config), random.text(2)]);
  const value = config[key];
  const inside = Array.isArray(value) && value.length > 0 && random.next() < 0.4;
  return {
    ...config,
    [key]: inside ? value.with(random.below(value.length), random.pick(VALUES)) : random.pick(VALUES),
  };
}

/** Model folders in which a key of a configuration says something else. */
export const MODELS: Kind = {
  name: "model folders",
  seconds: 30,
  async run(random, parent) {
    const folder = await mkdtemp(join(parent, "model-"));
    await cp(inRepository("models/tinytown"), folder, { recursive: true });
    const file = random.pick(FILES);
    try {
      const config = JSON.parse(await readFile(join(folder, file), "utf8")) as Record<string, unknown>;
      const text = JSON.stringify(changed(config, random));
      await writeFile(join(folder, file), random.next() < 0.05 ? text.slice(random.below(9)) : text);
      await using model = await loadModel(folder);
      const { attend, groupNorm } = resolveMethod(model, {});
      const options = {
        attend,
        groupNorm,
        temporal: true,
        textLength: model.tokenizer.maxLength,
        wordMapSites: [],
      };
      plainUNet(model.checkpoint.unet, options);
      fusedUNet(model.checkpoint.unet, options, { self: "full", fuses: () => true, unconditional: true });
      vaeGraphs(model.checkpoint.vae);
      clipTextGraph(model.checkpoint.textEncoder);
      model.tokenizer.encode(random.text(20));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    return file;
  },
};
