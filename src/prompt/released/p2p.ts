import { FateZeroError } from "../../errors.ts";
import { shownJson } from "../../json.ts";
import type {
  CrossSteps,
  EditOptions,
  FusionWindow,
  MaskWords,
  PlanWarning,
  ReleasedOptions,
  WordName,
  WordTable,
} from "../types.ts";
import { tableEntries, wordWindows } from "../windows.ts";

/** An entry of the authors' `p2p_config` in our terms. */
export interface P2pSettings {
  /** For `buildEditPlan`; always `compat: "fatezero"`. */
  readonly options: ReleasedOptions;
  /** Self-attention is blended by the mask of the source words; else it is replaced entirely. */
  readonly blendSelfAttention: boolean;
  /** Latents are blended by the masks of the source and the target words. */
  readonly blendLatents: boolean;
  /** `blend_th`; the released code compares with the first only. */
  readonly thresholds: readonly [number, number];
  /** The entry's own `use_inversion_attention`; a whole config's setting overrides it. */
  readonly useInversionAttention: boolean;
  readonly warnings: readonly PlanWarning[];
}

const KNOWN = [
  "cross_replace_steps",
  "self_replace_steps",
  "is_replace_controller",
  "eq_params",
  "blend_words",
  "blend_th",
  "blend_self_attention",
  "blend_latents",
  "use_inversion_attention",
];

/**
 * Reads an entry of the authors' `p2p_config` (p2p_ddim_spatial_temporal.py, attention_util.py `make_controller`) with their
 * defaults: absent keys mean what they mean there. Keys that the released code never reads are warned about.
 *
 * @throws FateZeroError `bad-p2p` naming the key and what it should hold.
 */
export function planOptionsFromP2p(
  p2p: unknown,
  prompts: { source: string; target: string; steps: number },
): P2pSettings {
  if (!isRecord(p2p)) throw bad("p2p", p2p, "a mapping with cross_replace_steps and self_replace_steps");
  const warnings: PlanWarning[] = Object.keys(p2p)
    .filter((key) => !KNOWN.includes(key))
    .map((key) => ({ code: "unknown-p2p-key", message: `The released code does not read "${key}".` }));
  const maskWords = readBlendWords(p2p.blend_words);
  const flag = (key: string, fallback: boolean) => readFlag(key, p2p[key], fallback);
  const blendSelfAttention = flag("blend_self_attention", false);
  const blendLatents = flag("blend_latents", false);
  if (maskWords === null && (blendSelfAttention || blendLatents)) {
    const key = blendSelfAttention ? "blend_self_attention" : "blend_latents";
    warnings.push({ code: "blend-without-words", message: `"${key}" has no effect without blend_words.` });
  }
  const options: ReleasedOptions = {
    ...prompts,
    compat: "fatezero",
    crossSteps: readCrossSteps(p2p.cross_replace_steps),
    selfSteps: readWindow("self_replace_steps", p2p.self_replace_steps),
    method: flag("is_replace_controller", true) ? "replace" : "refine",
    amplify: readEqualizer(p2p.eq_params, warnings),
    maskWords: maskWords ?? "none",
  };
  return {
    options,
    blendSelfAttention: maskWords !== null && blendSelfAttention,
    blendLatents: maskWords !== null && blendLatents,
    thresholds: readThresholds(p2p.blend_th),
    useInversionAttention: flag("use_inversion_attention", true),
    warnings,
  };
}

/** What an entry sets, for `edit`: keys that it lacks are absent. */
export interface P2pKnobs {
  readonly crossSteps?: CrossSteps;
  readonly selfSteps?: FusionWindow;
  readonly align?: "auto" | "replace" | "refine";
  readonly amplify?: WordTable<number>;
  readonly maskWords?: MaskWords | "auto" | "none";
  readonly maskThreshold?: number;
  readonly maskSelfAttention?: boolean;
  readonly latentBlend?: boolean;
}

/** An entry as the released code takes it, its defaults spelled out. */
export function releasedKnobs({
  options,
  thresholds,
  blendSelfAttention,
  blendLatents,
}: P2pSettings): P2pKnobs {
  const { source: _, target: __, steps: ___, compat: ____, method: align, ...knobs } = options;
  const given = Object.entries({ ...knobs, align }).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(given) as P2pKnobs),
    maskThreshold: thresholds[0],
    maskSelfAttention: blendSelfAttention,
    latentBlend: blendLatents,
  };
}

/**
 * Reads an entry of `p2p_config` without the released code's defaults, for a config that is not run in compat mode: what
 * it does not name is left to this program. No blend_words (`null`) switch the mask off, absent ones are found.
 *
 * @throws FateZeroError `bad-p2p` naming the key and what it should hold.
 */
export function knobsFromP2p(p2p: unknown): P2pKnobs {
  if (!isRecord(p2p)) throw bad("p2p", p2p, "a mapping");
  const has = (key: string): boolean => p2p[key] !== undefined;
  const flag = (key: string): boolean => readFlag(key, p2p[key], false);
  const [maskThreshold] = readThresholds(p2p.blend_th);
  return {
    ...(has("cross_replace_steps") ? { crossSteps: readCrossSteps(p2p.cross_replace_steps) } : {}),
    ...(has("self_replace_steps")
      ? { selfSteps: readWindow("self_replace_steps", p2p.self_replace_steps) }
      : {}),
    ...(has("is_replace_controller")
      ? { align: flag("is_replace_controller") ? ("replace" as const) : ("refine" as const) }
      : {}),
    ...(has("eq_params") ? { amplify: readEqualizer(p2p.eq_params, []) } : {}),
    ...(has("blend_words") ? { maskWords: readBlendWords(p2p.blend_words) ?? ("none" as const) } : {}),
    ...(isNone(p2p.blend_th) ? {} : { maskThreshold }),
    ...(has("blend_self_attention") ? { maskSelfAttention: flag("blend_self_attention") } : {}),
    ...(has("blend_latents") ? { latentBlend: flag("blend_latents") } : {}),
  };
}

/**
 * Writes an entry of `p2p_config` that is read as the same knobs. In the released code's mode absent keys mean what they
 * mean there, so that all that count are written.
 */
export function entryOfKnobs(knobs: P2pKnobs, compat: boolean): Readonly<Record<string, unknown>> {
  const { crossSteps, selfSteps, align, amplify = [], maskWords, maskThreshold } = knobs;
  const { maskSelfAttention, latentBlend } = knobs;
  const factors = tableEntries(amplify);
  const isNamed = typeof maskWords === "object";
  const entry = {
    is_replace_controller:
      compat || align === "replace" || align === "refine" ? align !== "refine" : undefined,
    cross_replace_steps: crossSteps === undefined ? undefined : windowMap(crossSteps),
    self_replace_steps: selfSteps,
    eq_params:
      factors.length > 0
        ? { words: factors.map(([word]) => word), values: factors.map(([, factor]) => factor) }
        : undefined,
    blend_words: isNamed ? blendWords(maskWords) : maskWords === "none" && !compat ? null : undefined,
    blend_th: maskThreshold === undefined ? undefined : [maskThreshold, maskThreshold],
    // Blends without words do nothing in the released code, and are off where it finds no key.
    blend_self_attention: !compat ? maskSelfAttention : isNamed ? (maskSelfAttention ?? true) : undefined,
    blend_latents: latentBlend,
  };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

function windowMap(steps: CrossSteps): ReadonlyMap<WordName, FusionWindow> {
  const { rest, words } = wordWindows(steps);
  return new Map<WordName, FusionWindow>([...(rest === null ? [] : [["default_", rest] as const]), ...words]);
}

function blendWords({ source, target = [] }: MaskWords): readonly (readonly WordName[])[] {
  return target.length > 0 ? [source, target] : [source];
}

function readCrossSteps(value: unknown): NonNullable<EditOptions["crossSteps"]> {
  // A Map where a key is a number: that is the index of a word, not its text.
  const entries = value instanceof Map ? [...value] : isRecord(value) ? Object.entries(value) : null;
  if (entries === null) return readWindow("cross_replace_steps", value);
  return entries.map(([word, window]) => {
    if (!isWord(word)) throw bad("cross_replace_steps", word, "windows by word");
    return [word, readWindow(`cross_replace_steps.${word}`, window)] as const;
  });
}

function readWindow(key: string, value: unknown): FusionWindow {
  if (typeof value === "number") return value;
  const [from, to, ...rest]: unknown[] = Array.isArray(value) ? value : [];
  if (typeof from === "number" && typeof to === "number" && rest.length === 0) return [from, to];
  throw bad(key, value, "a share of the steps such as 0.8, or a pair such as [0.2, 0.8]");
}

function readEqualizer(value: unknown, warnings: PlanWarning[]): (readonly [WordName, number])[] {
  if (isNone(value)) return [];
  if (!isRecord(value)) throw bad("eq_params", value, "words and values");
  const words = isWord(value.words) ? [value.words] : value.words;
  if (!Array.isArray(words) || !words.every(isWord))
    throw bad("eq_params.words", value.words, "a list of words");
  const { values } = value;
  if (!Array.isArray(values) || !values.every((item) => typeof item === "number"))
    throw bad("eq_params.values", values, "a list of numbers");
  if (words.length !== values.length) {
    const message = `eq_params has ${words.length} words and ${values.length} values: the surplus is ignored.`;
    warnings.push({ code: "unequal-lists", message });
  }
  return words.slice(0, values.length).map((word, k) => [word, values[k] as number] as const);
}

function readBlendWords(value: unknown): MaskWords | null {
  if (isNone(value)) return null;
  const wanted = "[[words of the source], [words of the target]]";
  if (!Array.isArray(value) || value.length === 0) throw bad("blend_words", value, wanted);
  const [source, target] = value.slice(0, 2).map((list: unknown) => {
    const words = isWord(list) ? [list] : list;
    if (!Array.isArray(words) || !words.every(isWord)) throw bad("blend_words", value, wanted);
    return words;
  });
  return { source: source ?? [], target: target ?? [] };
}

function readThresholds(value: unknown): readonly [number, number] {
  if (isNone(value)) return [0.3, 0.3];
  if (!Array.isArray(value) || typeof value[0] !== "number")
    throw bad("blend_th", value, "two numbers such as [0.3, 0.3]");
  return [value[0], typeof value[1] === "number" ? value[1] : value[0]];
}

// Python's truth: the configs write true, false and None, and 0 or 1 would do.
function readFlag(key: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === "boolean" || value === null) return value === true;
  if (value === 0 || value === 1) return value === 1;
  throw bad(key, value, "true or false");
}

function isNone(value: unknown): boolean {
  return value === undefined || value === null || value === "None";
}

function isWord(value: unknown): value is WordName {
  return typeof value === "string" || Number.isInteger(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bad(key: string, value: unknown, wanted: string): FateZeroError {
  const shown = value === undefined ? "is missing" : `is ${shownJson(value)}`;
  return new FateZeroError(
    "bad-p2p",
    `"${key}" of the authors' p2p settings ${shown}.`,
    `It should be ${wanted}.`,
  );
}
