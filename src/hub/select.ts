import {
  chooseWeights,
  DIFFUSION_STEM,
  TEXT_STEM,
  type Variant,
  type WeightStem,
} from "../checkpoint/index.ts";
import type { SnapshotKind } from "./types.ts";

/** Which files of a repository are needed. Pure: the same for a listing of the hub and for a folder on disk. */
export interface Selection {
  /** Configurations and the tokenizer: they come first. */
  readonly small: readonly string[];
  readonly weights: readonly string[];
  /** What is needed and not there, in words; empty where the repository will do. */
  readonly missing: readonly string[];
  /** Components whose weights are not of the variant asked for. */
  readonly otherVariant: readonly string[];
}

/** A network's folder (empty for the root) and what its weights are called. */
interface Part {
  readonly folder: string;
  readonly stem: WeightStem;
  /** What messages call it, where it lies at the root. */
  readonly name?: string;
}

const PIPELINE: readonly Part[] = [
  { folder: "unet/", stem: DIFFUSION_STEM },
  { folder: "vae/", stem: DIFFUSION_STEM },
  { folder: "text_encoder/", stem: TEXT_STEM },
];
/** What a tokenizer may have besides; with nothing but these it is not complete. */
const TOKENIZER_SETTINGS = ["tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"];

const OPTIONAL = [
  "model_index.json",
  ...TOKENIZER_SETTINGS.map((name) => `tokenizer/${name}`),
  "fatezero.json",
];

/** A tokenizer's two files, or the one that newer folders have instead. Where there is none it is CLIP's own. */
function tokenizerOf(paths: ReadonlySet<string>, folder = "tokenizer/"): readonly string[] {
  const pair = ["vocab.json", "merges.txt"].map((name) => folder + name);
  if (pair.every((path) => paths.has(path))) return pair;
  const joint = `${folder}tokenizer.json`;
  if (paths.has(joint)) return [joint];
  const isBegun = [...pair, ...TOKENIZER_SETTINGS.map((name) => folder + name)].some((path) =>
    paths.has(path),
  );
  return isBegun ? pair : [];
}

/** The files of a component's weights: one, or an index and all shards beside it. Null where they are not complete. */
function weightsOf(names: ReadonlySet<string>, stem: WeightStem, variant: Variant | undefined) {
  const choice = chooseWeights(names, stem, variant);
  if (!choice?.isIndex) return choice && { files: [choice.file], variant: choice.variant };
  const isTorch = choice.file.includes(".bin.");
  const base = isTorch ? stem.torch : stem.safetensors;
  const tag = choice.variant ? `\\.${choice.variant}` : "";
  const number = String.raw`-\d+-of-(\d+)`;
  const shard = new RegExp(
    `^${base}(?:${tag}${number}|${number}${tag})\\.${isTorch ? "bin" : "safetensors"}$`,
  );
  const shards = [...names].filter((name) => shard.test(name)).sort();
  const [, before, behind] = shard.exec(shards[0] ?? "") ?? [];
  if (shards.length === 0 || shards.length !== Number(before ?? behind)) return null;
  return { files: [choice.file, ...shards], variant: choice.variant };
}

function selectParts(
  paths: ReadonlySet<string>,
  parts: readonly Part[],
  required: readonly string[],
  optional: readonly string[],
  variant: Variant | undefined,
): Selection {
  const needed = [...parts.map(({ folder }) => `${folder}config.json`), ...required];
  const small = [...needed, ...optional].filter((path) => paths.has(path));
  const missing = needed.filter((path) => !paths.has(path));
  const weights: string[] = [];
  const otherVariant: string[] = [];
  for (const { folder, stem, name = "" } of parts) {
    const own = [...paths].filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
    const found = weightsOf(new Set(own), stem, variant);
    if (!found) missing.push(`weights ${folder}${stem.safetensors}.safetensors`);
    else {
      weights.push(...found.files.map((file) => folder + file));
      if (found.variant !== variant) otherVariant.push(folder.slice(0, -1) || name);
    }
  }
  // An index of shards is small, and goes with the other texts.
  const isText = (path: string): boolean => path.endsWith(".json");
  return {
    small: [...small, ...weights.filter(isText)],
    weights: weights.filter((path) => !isText(path)),
    missing,
    otherVariant,
  };
}

/** A CLIP at the root, or in the `clip/` of a pipeline, whose words it then has where it brings none. */
function selectClip(paths: ReadonlySet<string>, variant: Variant | undefined): Selection {
  const folder = paths.has("clip/config.json") ? "clip/" : "";
  const own = tokenizerOf(paths, folder);
  const words = own.length === 0 && folder !== "" ? "tokenizer/" : folder;
  const required = own.length === 0 ? tokenizerOf(paths, words) : own;
  const optional = [`${folder}preprocessor_config.json`, ...TOKENIZER_SETTINGS.map((name) => words + name)];
  return selectParts(paths, [{ folder, stem: TEXT_STEM, name: "CLIP" }], required, optional, variant);
}

/** What a captioner's words are read from: one of these. */
const WORD_PIECES = ["vocab.txt", "tokenizer.json"];

function selectCaptioner(paths: ReadonlySet<string>, variant: Variant | undefined): Selection {
  const words = WORD_PIECES.find((path) => paths.has(path)) ?? WORD_PIECES[0]!;
  const optional = ["preprocessor_config.json", "generation_config.json"];
  return selectParts(paths, [{ folder: "", stem: TEXT_STEM, name: "BLIP" }], [words], optional, variant);
}

/**
 * Chooses what is needed of a diffusers repository, or of the VAE, CLIP or captioner in one: one set of weights for each network
 * (`.safetensors` before `.bin`, the variant before the other), its configurations and tokenizer, and nothing else.
 */
export function selectFiles(all: Iterable<string>, kind: SnapshotKind, variant?: Variant): Selection {
  const paths = new Set(all);
  if (kind === "pipeline") {
    const required = ["scheduler/scheduler_config.json", ...tokenizerOf(paths)];
    return selectParts(paths, PIPELINE, required, OPTIONAL, variant);
  }
  if (kind === "clip") return selectClip(paths, variant);
  if (kind === "captioner") return selectCaptioner(paths, variant);
  // A VAE is a repository of its own, or a folder of a pipeline.
  const folder = paths.has("vae/config.json") ? "vae/" : "";
  return selectParts(paths, [{ folder, stem: DIFFUSION_STEM, name: "the VAE" }], [], [], variant);
}

/** Whether it is laid out as diffusers does, be it complete or not. */
export function hasDiffusersLayout(paths: ReadonlySet<string>): boolean {
  return paths.has("model_index.json") || paths.has("unet/config.json");
}

/** Checkpoints in one file at the root of a repository. */
export function singleFiles(paths: Iterable<string>): readonly string[] {
  return [...paths].filter((path) => /^[^/]+\.(safetensors|ckpt)$/.test(path)).sort();
}
