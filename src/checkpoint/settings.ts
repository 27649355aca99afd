import { FateZeroError } from "../errors.ts";
import { type FrameList, isFrameRef } from "../frame-list.ts";
import { isJsonObject, shownJson } from "../json.ts";
import { MAX_CAPTION_WORDS, MAX_MODEL_SIZE } from "../limits.ts";

/** The knobs of an edit that depend on its kind (paper App. A). */
export interface PresetKnobs {
  /** Share of the steps, from the noisiest, whose self-attention is fused: 1 − t_s/T. */
  readonly selfSteps: number;
  /** Share of the steps whose cross-attention is fused: 1 − t_c/T. */
  readonly crossSteps: number;
  /** τ of the blend mask; from 1 on nothing is masked and the source's self-attention replaces all. */
  readonly maskThreshold: number;
  /** What the mask is made of: the words' attention (paper Eq. 6), or where the prompts' predictions differ (DiffEdit). */
  readonly maskFrom: "attention" | "difference";
  /** Guidance scale s; up to 1 there is no guidance. */
  readonly guidance: number;
  /** Blend latents outside the mask with the source's. */
  readonly latentBlend: boolean;
}

/** What a model that was tuned on one clip says of that. */
export interface TunedFacts {
  readonly prompt: string;
  readonly steps: number;
  /** Frames of the clip, which its layers over time saw together. @default not known */
  readonly frames?: number;
  /** Frames that self-attention looked at. */
  readonly attend: FrameList;
  /** Blocks narrower than this looked at their own frame only. @default 0 */
  readonly leastChannels?: number;
  /** Statistics of the ResNet blocks' GroupNorm. */
  readonly groupNorm: "frame" | "clip";
}

/** All sentences that a model was taught to draw, as one sentence with places and the words that may stand in each. */
export interface CaptionForm {
  /** `{style} a|an {colour} {object}`: a word of each list, and the article that goes with what follows it. */
  readonly form: string;
  /** Words by the names of the places, in the order in which they are decided; "" where a place may be empty. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** What a model folder's own `fatezero.json` may say. Other entries are left alone. */
export interface ModelSettings {
  /** Pixels of the shorter side that the model was trained at. */
  readonly size?: number;
  /** Version of the folder's weights, from 1 up. */
  readonly version?: number;
  /** Fingerprints of its earlier weights by their versions. */
  readonly earlier?: Readonly<Record<string, string>>;
  /** All words that it was taught. */
  readonly words?: readonly string[];
  /** All sentences that describe what it draws, by which it can describe clips. */
  readonly captions?: CaptionForm;
  /** The least that `sceneFidelity` measures, in dB, of clips that it can draw. */
  readonly sceneFidelity?: number;
  /** What each network gives for the input of `fatezero doctor`. */
  readonly selfTest?: Readonly<Record<string, readonly [mean: number, deviation: number]>>;
  /** Blocks whose cross-attention makes the word maps, as beginnings of their paths: `up_blocks.1`. */
  readonly wordMapLayers?: readonly string[];
  /** Learning rate of one-shot tuning. */
  readonly tuningRate?: number;
  /** Where it was tuned on a clip: what that shows, and how the network was computed, which edits then do alike. */
  readonly tuned?: TunedFacts;
  /** Its own values for kinds of edit. */
  readonly presets?: Readonly<Record<string, Partial<PresetKnobs>>>;
}

type Entries = Readonly<Record<string, unknown>>;

/** One entry: what it may be, and how a wrong one is put right. */
interface Entry {
  readonly fits: (value: unknown) => boolean;
  readonly remedy: string;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isNumber = (value: unknown): boolean => typeof value === "number" && Number.isFinite(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;
const isListOf = (value: unknown, test: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(test);

const isRecordOf = (value: unknown, test: (item: unknown) => boolean): boolean =>
  isJsonObject(value) && Object.values(value).every(test);

/** Places of a form, by their names. */
export const placesIn = (form: string): readonly string[] =>
  [...form.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);

function isCaptionForm(value: unknown): boolean {
  if (!isJsonObject(value) || typeof value.form !== "string" || !isJsonObject(value.words)) return false;
  const { form, words } = value;
  const names = Object.keys(words);
  const places = placesIn(form);
  const isList = (list: unknown): boolean =>
    isListOf(list, isText) &&
    (list as unknown[]).length >= 1 &&
    (list as unknown[]).length <= MAX_CAPTION_WORDS;
  return (
    names.length >= 1 &&
    names.length === new Set(places).size &&
    places.length === names.length &&
    places.every((name) => Object.hasOwn(words, name)) &&
    Object.values(words).every(isList)
  );
}

const VERSIONS =
  "A version is a whole number from 1 up; earlier holds the fingerprint of each earlier version by its number.";

const ENTRIES: Readonly<Record<keyof ModelSettings, Entry>> = {
  size: {
    fits: (value) => isCount(value) && (value as number) <= MAX_MODEL_SIZE,
    remedy: `It is the shorter side in pixels, a whole number from 1 to ${MAX_MODEL_SIZE}.`,
  },
  version: { fits: isCount, remedy: VERSIONS },
  earlier: {
    fits: (value) =>
      isRecordOf(value, isText) && Object.keys(value as object).every((key) => isCount(Number(key))),
    remedy: VERSIONS,
  },
  words: { fits: (value) => isListOf(value, isText), remedy: "It is a list of words." },
  captions: {
    fits: isCaptionForm,
    remedy:
      'It says {"form": "a|an {colour} {object}", "words": {"object": ["car", …], "colour": ["red", …]}}, a list for each place of the form.',
  },
  sceneFidelity: { fits: isNumber, remedy: "It is a number of decibels." },
  selfTest: {
    fits: (value) =>
      isRecordOf(value, (pair) => isListOf(pair, isNumber) && (pair as unknown[]).length === 2),
    remedy: "It gives the mean and the deviation of what each network gives: [mean, deviation].",
  },
  wordMapLayers: {
    fits: (value) => isListOf(value, isText),
    remedy: "Name blocks with cross-attention of one resolution, such as up_blocks.1.",
  },
  tuningRate: {
    fits: (value) => isNumber(value) && (value as number) > 0 && (value as number) <= 1,
    remedy: "It is the learning rate of one-shot tuning, above 0 and at most 1.",
  },
  tuned: {
    fits: (value) =>
      isJsonObject(value) &&
      isText(value.prompt) &&
      isCount(value.steps) &&
      (value.frames === undefined || isCount(value.frames)) &&
      isListOf(value.attend, isFrameRef) &&
      (value.leastChannels === undefined || isNumber(value.leastChannels)) &&
      (value.groupNorm === "frame" || value.groupNorm === "clip"),
    remedy:
      'It says {"prompt", "steps", "frames", "attend": [-1, "first"], "groupNorm": "frame" or "clip"}, as fatezero tune writes it.',
  },
  presets: {
    fits: (value) => isRecordOf(value, isJsonObject),
    remedy: 'It holds values by the kind of edit: {"style": {"guidance": 7.5}}.',
  },
};

/** Guidance goes as far as a request's own. */
const MAX_KNOB = 10_000;

const isShare = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= MAX_KNOB;

const KNOBS: Readonly<Record<keyof PresetKnobs, (value: unknown) => boolean>> = {
  selfSteps: isShare,
  crossSteps: isShare,
  maskThreshold: isShare,
  maskFrom: (value) => value === "attention" || value === "difference",
  guidance: isShare,
  latentBlend: (value) => typeof value === "boolean",
};

function wrong(file: string, key: string, value: unknown, remedy: string): FateZeroError {
  const message = `${file} has ${shownJson(value)} for ${key}.`;
  return new FateZeroError("model-settings", message, remedy);
}

/** The knobs of a preset that are known, checked. */
function readKnobs(file: string, preset: string, json: Entries): Partial<PresetKnobs> {
  const known = Object.entries(KNOBS).filter(([key]) => json[key] !== undefined);
  for (const [key, fits] of known) {
    if (fits(json[key])) continue;
    throw wrong(
      file,
      `presets.${preset}.${key}`,
      json[key],
      'Shares, thresholds and guidance are numbers from 0 to 10000, latentBlend is true or false, maskFrom "attention" or "difference".',
    );
  }
  return Object.fromEntries(known.map(([key]) => [key, json[key]]));
}

/** Checks what a `fatezero.json` holds; `file` is what messages call it. Throws FateZeroError `model-settings` naming the entry that cannot be. */
export function readSettings(json: Entries, file: string): ModelSettings {
  for (const [key, { fits, remedy }] of Object.entries(ENTRIES)) {
    if (json[key] !== undefined && !fits(json[key])) throw wrong(file, key, json[key], remedy);
  }
  if (json.presets === undefined) return json;
  const presets = Object.entries(json.presets as Readonly<Record<string, Entries>>);
  return {
    ...json,
    presets: Object.fromEntries(presets.map(([name, knobs]) => [name, readKnobs(file, name, knobs)])),
  };
}
