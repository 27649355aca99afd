import { frameListFault } from "../attention/index.ts";
import type { Inversion, NullText } from "../edit/index.ts";
import { isFrameWindow } from "../frame-window.ts";
import { isJsonObject, shownJson } from "../json.ts";
import {
  MAX_PROMPT_CHARACTERS,
  MAX_TEXT_PLACES,
  MAX_TRAIN_TIMESTEPS,
  MAX_VOCABULARY,
  MAX_WIDTH,
} from "../limits.ts";
import { cutsFault, isModelParts } from "../pipeline/index.ts";

/** What a saved inversion says of itself; the tensors stand beside it. */
export type InversionHeader = Omit<Inversion, "latents" | "wordMaps" | "nullText"> & {
  readonly wordMaps: Omit<Inversion["wordMaps"], "data">;
  readonly nullText?: Omit<NullText, "embeddings">;
};

type Check = (value: unknown) => boolean;

/** Seconds that any clip may last. */
const MAX_SECONDS = 1e7;
/** Frames a second, as the option for it has them. */
const MAX_FPS = 1000;
/** A guidance scale, as the option for it has them. */
const MAX_GUIDANCE = 10_000;
/** Pixels along a side. */
const MAX_SIDE = 65_536;
const MAX_PATH_CHARACTERS = 10_000;

const isCount =
  (most: number, least = 0): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
const isNumber =
  (most: number): Check =>
  (value) =>
    typeof value === "number" && value >= 0 && value <= most;
const isText =
  (most: number): Check =>
  (value) =>
    typeof value === "string" && value.length <= most;
const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const isGuidance: Check = (value) => isNumber(MAX_GUIDANCE)(value) && (value as number) > 1;
const isFps: Check = (value) => isNumber(MAX_FPS)(value) && value !== 0;
const isBoolean: Check = (value) => typeof value === "boolean";
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

/** Begins of frames: each later than the one before it. */
const areTimes =
  (frames: number): Check =>
  (value) =>
    Array.isArray(value) &&
    value.length === frames &&
    value.every((time, i) => isNumber(MAX_SECONDS)(time) && (i === 0 || time > value[i - 1]));

/** Every key, what it may hold, and how that is called; keys within keys by their paths. */
function checksFor(frames: number): readonly (readonly [key: string, check: Check, expected: string])[] {
  const whole = (least: number, most: number): string => `a whole number from ${least} to ${most}`;
  const path = `a text of up to ${MAX_PATH_CHARACTERS} characters`;
  const isPath = isText(MAX_PATH_CHARACTERS);
  const seconds = `seconds from 0 to ${MAX_SECONDS}`;
  return [
    ["prompt", isText(MAX_PROMPT_CHARACTERS), `a text of up to ${MAX_PROMPT_CHARACTERS} characters`],
    [
      "ids",
      (ids) => Array.isArray(ids) && ids.length <= MAX_TEXT_PLACES && ids.every(isCount(MAX_VOCABULARY * 2)),
      `a list of up to ${MAX_TEXT_PLACES} token ids`,
    ],
    ["steps", isCount(MAX_TRAIN_TIMESTEPS, 1), whole(1, MAX_TRAIN_TIMESTEPS)],
    ["fps", isFps, `a number above 0, up to ${MAX_FPS}`],
    ["timestamps", optional(areTimes(frames)), `${frames} rising ${seconds}`],
    ["duration", optional(isNumber(MAX_SECONDS)), seconds],
    ["kind", optional(isOneOf("video", "folder", "image")), '"video", "folder" or "image"'],
    ["source", optional(isJsonObject), "an object"],
    ["settings", isJsonObject, "an object"],
    ["settings.attend", isJsonObject, "an object"],
    ["settings.attend.frames", (list) => frameListFault(list) === null, "a list of frames to look at"],
    ["settings.attend.leastChannels", optional(isCount(MAX_WIDTH)), whole(0, MAX_WIDTH)],
    ["settings.groupNorm", isOneOf("frame", "clip"), '"frame" or "clip"'],
    ["settings.compat", isOneOf(null, "fatezero"), 'null or "fatezero"'],
    ["settings.cuts", optional((cuts) => cutsFault(cuts, frames) === null), "the first frames of scenes"],
    ["settings.window", optional(isFrameWindow), "frames and an overlap of fewer"],
    ["size", isJsonObject, "an object"],
    ["size.width", isCount(MAX_SIDE, 1), whole(1, MAX_SIDE)],
    ["size.height", isCount(MAX_SIDE, 1), whole(1, MAX_SIDE)],
    ["model", isJsonObject, "an object"],
    ["model.name", isPath, path],
    ["model.fingerprint", isPath, path],
    ["model.version", optional(isCount(Number.MAX_SAFE_INTEGER)), "a whole number"],
    ["model.parts", optional(isModelParts), "what was added to a model"],
    ["wordMaps", isJsonObject, "an object"],
    ["wordMaps.height", isCount(MAX_SIDE), whole(0, MAX_SIDE)],
    ["wordMaps.width", isCount(MAX_SIDE), whole(0, MAX_SIDE)],
    ["wordMaps.tokens", isCount(MAX_TEXT_PLACES), whole(0, MAX_TEXT_PLACES)],
  ];
}

/** Keys of `nullText`, which only inversions with null-text embeddings have. */
const NULL_TEXT: readonly (readonly [key: string, check: Check, expected: string])[] = [
  ["nullText", isJsonObject, "an object"],
  ["nullText.guidance", isGuidance, `a number above 1, up to ${MAX_GUIDANCE}`],
];

/** Keys of `source`, which only inversions of video files have. */
const SOURCE: readonly (readonly [key: string, check: Check, expected: string])[] = [
  ["source.path", isText(MAX_PATH_CHARACTERS), `a text of up to ${MAX_PATH_CHARACTERS} characters`],
  ["source.from", isNumber(MAX_SECONDS), `seconds from 0 to ${MAX_SECONDS}`],
  ["source.to", isNumber(MAX_SECONDS), `seconds from 0 to ${MAX_SECONDS}`],
  ["source.hasAudio", isBoolean, "true or false"],
];

function at(json: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      json,
    );
}

/** What a description of an inversion of so many frames has that cannot be: the key and why; null where all is sound. */
export function headerFault(json: Readonly<Record<string, unknown>>, frames: number): string | null {
  const checks = [
    ...checksFor(frames),
    ...(json.source === undefined ? [] : SOURCE),
    ...(json.nullText === undefined ? [] : NULL_TEXT),
  ];
  for (const [key, check, expected] of checks) {
    const value = at(json, key);
    if (check(value)) continue;
    const list = key === "settings.attend.frames" ? frameListFault(value) : null;
    if (list !== null) return `its ${key} ${list}`;
    return value === undefined
      ? `its description has no ${key}`
      : `its ${key} is ${shownJson(value)}, but must be ${expected}`;
  }
  return null;
}
