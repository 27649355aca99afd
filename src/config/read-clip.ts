import { MAX_NUMBER } from "../limits.ts";
import { CLIP } from "../request/index.ts";
import { readFields } from "./fields.ts";
import type { ConfigMode } from "./mode.ts";
import type { ConfigReader } from "./reader.ts";
import { type ConfigClip, RELEASED_DEFAULTS } from "./types.ts";

const FROM_ZERO = { least: 0, whole: true };
const SIDES = ["left", "right", "top", "bottom"] as const;

/** The pixels that `offset` cuts off, as a crop; undefined where it cuts nothing. */
function offsetCrop(reader: ConfigReader): string | undefined {
  const cut = SIDES.map((side) => reader.number(`dataset_config.offset.${side}`, FROM_ZERO) ?? 0);
  return cut.some((pixels) => pixels > 0) ? cut.join(",") : undefined;
}

/** How frames are cut: the released code's square by itself where `compat` asks for it, else by a crop. */
function cropOf(reader: ConfigReader, square: boolean): string | undefined {
  const offset = offsetCrop(reader);
  const own = reader.text("fatezero.crop");
  if (own === "auto") {
    const message =
      "fatezero.crop is auto: that part is found by a look at the clip for one edit, and a config has the pixels for all of its own.";
    const remedy =
      "Make the edit without a config, which tells the pixels; write those here, with full_size: true.";
    throw reader.fault("config-unsupported", "fatezero.crop", message, remedy);
  }
  if (own !== undefined && offset !== undefined) {
    const message = "fatezero.crop and dataset_config.offset both cut the frames.";
    throw reader.fault("config-value", "fatezero.crop", message, "Leave one of them out.");
  }
  return own ?? offset ?? (square ? "center" : undefined);
}

/** `n_sample_frame`: below 0 all frames. */
function frameCountOf(reader: ConfigReader, released: boolean): number | undefined {
  const name = CLIP.frames.yaml;
  const count = reader.number(name, { least: -MAX_NUMBER, whole: true });
  if (count === 0) throw reader.wrong(name, "a number of frames, or -1 for all");
  if (count === undefined) return released ? RELEASED_DEFAULTS.frames : undefined;
  return count < 0 ? undefined : count;
}

/** Reads `dataset_config`, and what `fatezero` adds to it. Throws FateZeroError `config-value`, `config-unsupported`. */
export function readClip(reader: ConfigReader, mode: ConfigMode): ConfigClip {
  const prompt = reader.text("dataset_config.prompt");
  if (prompt === undefined || prompt.trim() === "")
    throw reader.wrong("dataset_config.prompt", "one sentence that says what the video shows");
  const kind = reader.text("dataset_config.crop") ?? "center";
  if (kind !== "center") {
    const message = `dataset_config.crop is "${kind}", and nothing is cut at random here.`;
    throw reader.fault(
      "config-unsupported",
      "dataset_config.crop",
      message,
      'Write "center", or leave it out.',
    );
  }
  const [released, own] = CLIP.size.yaml;
  const size = reader.number(own, CLIP.size.type) ?? reader.number(released, CLIP.size.type);
  const path = reader.text("dataset_config.path");
  // Below 0 it is no number of frames.
  const { frames: _, ...others } = CLIP;
  const frames = frameCountOf(reader, mode.released);
  const crop = cropOf(reader, mode.released && !mode.compat);
  return {
    ...{ prompt, start: CLIP.start.default, stride: CLIP.stride.default },
    ...readFields(reader, others),
    ...(path === undefined ? {} : { path }),
    ...(frames === undefined ? {} : { frames }),
    ...(crop === undefined ? {} : { crop }),
    ...(size === undefined ? {} : { size }),
  };
}
