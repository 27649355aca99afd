import { frameListOf, RELEASED_DEFAULTS } from "../../src/config/index.ts";
import type { FrameList } from "../../src/frame-list.ts";

/** What a case was computed with. An absent key means what it means to the released code. */
export interface CaseSettings {
  /** Folders, relative to the one that holds `models/` and `frames/`. */
  readonly model: string;
  readonly frames: string | null;
  readonly frameCount: number;
  /** Side of the square that frames are cut to; null where the case starts from latents of another shape. */
  readonly size: number | null;
  readonly steps: number;
  readonly guidance: number;
  readonly source: string;
  readonly target: string;
  /** Null where the config has none: the released code's default applies. */
  readonly attend: FrameList | null;
  readonly leastChannels: number;
  /** The authors' `p2p_config` entry. */
  readonly p2p: unknown;
}

type Json = Readonly<Record<string, unknown>>;

function record(value: unknown, name: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new Error(`"${name}" is ${JSON.stringify(value) ?? "missing"}, not an object`);
}

function reader(from: Json) {
  const wrong = (key: string, wanted: string): never => {
    throw new Error(`"${key}" is ${JSON.stringify(from[key]) ?? "missing"}, not ${wanted}`);
  };
  return {
    text: (key: string): string => {
      const value = from[key];
      return typeof value === "string" ? value : wrong(key, "a text");
    },
    number: (key: string, fallback: number): number => {
      const value = from[key] ?? fallback;
      return typeof value === "number" ? value : wrong(key, "a number");
    },
  };
}

/** Reads a case's `meta_json`. Throws an Error that says what is wrong with it. */
export function caseSettings(metaJson: string | undefined): CaseSettings {
  if (metaJson === undefined) throw new Error("the file has no meta_json");
  const entry = record(record(JSON.parse(metaJson), "meta_json").case, "case");
  const { text, number } = reader(entry);
  const config = record(entry.model_config ?? {}, "model_config");
  const ownShape = entry.height !== undefined || entry.width !== undefined;
  return {
    model: text("model"),
    frames: entry.frames === undefined ? null : text("frames"),
    frameCount: number("n_frames", RELEASED_DEFAULTS.frames),
    size: ownShape ? null : number("size", RELEASED_DEFAULTS.size),
    steps: number("num_inference_steps", RELEASED_DEFAULTS.steps),
    guidance: number("guidance_scale", RELEASED_DEFAULTS.guidance),
    source: text("source_prompt"),
    target: text("target_prompt"),
    attend: frameListOf(config.SparseCausalAttention_index) ?? null,
    leastChannels: reader(config).number("least_sc_channel", 0),
    p2p: entry.p2p,
  };
}
