import { defined } from "../defined.ts";
import type { ConfigReader } from "./reader.ts";
import { type ConfigClip, RELEASED_DEFAULTS } from "./types.ts";

const COUNT = { least: 1, whole: true };
const FROM_ZERO = { least: 0, whole: true };
const SIDES = ["left", "right", "top", "bottom"] as const;

/** The pixels that `offset` cuts off, as a crop; undefined where it cuts nothing. */
function offsetCrop(reader: ConfigReader): string | undefined {
  const cut = SIDES.map((side) => reader.number(`dataset_config.offset.${side}`, FROM_ZERO) ?? 0);
  return cut.some((pixels) => pixels > 0) ? cut.join(",") : undefined;
}

function cropOf(reader: ConfigReader): string | undefined {
  const offset = offsetCrop(reader);
  const own = reader.text("fatezero.crop");
  if (own !== undefined && offset !== undefined) {
    const message = "fatezero.crop and dataset_config.offset both cut the frames.";
    throw reader.fault("config-value", "fatezero.crop", message, "Leave one of them out.");
  }
  return own ?? offset;
}

/** `n_sample_frame`: below 0 all frames. */
function frameCountOf(reader: ConfigReader, compat: boolean): number | undefined {
  const name = "dataset_config.n_sample_frame";
  const count = reader.number(name, { least: Number.NEGATIVE_INFINITY, whole: true });
  if (count === 0) throw reader.wrong(name, "a number of frames, or -1 for all");
  if (count === undefined) return compat ? RELEASED_DEFAULTS.frames : undefined;
  return count < 0 ? undefined : count;
}

/** A time: seconds, or text such as `0:12`. */
function timeOf(reader: ConfigReader, name: string): string | undefined {
  const value = reader.plain(name);
  return typeof value === "number" ? String(value) : reader.text(name);
}

/** Reads `dataset_config`, and what `fatezero` adds to it. Throws FateZeroError `config-value`, `config-unsupported`. */
export function readClip(reader: ConfigReader, compat: boolean): ConfigClip {
  const prompt = reader.text("dataset_config.prompt");
  if (prompt === undefined || prompt.trim() === "")
    throw reader.wrong("dataset_config.prompt", "one sentence that says what the video shows");
  const crop = reader.text("dataset_config.crop") ?? "center";
  if (crop !== "center") {
    const message = `dataset_config.crop is "${crop}", and nothing is cut at random here.`;
    throw reader.fault(
      "config-unsupported",
      "dataset_config.crop",
      message,
      'Write "center", or leave it out.',
    );
  }
  const size = reader.number("fatezero.size", COUNT) ?? reader.number("dataset_config.image_size", COUNT);
  return {
    prompt,
    start: reader.number("dataset_config.start_sample_frame", FROM_ZERO) ?? 0,
    stride: reader.number("dataset_config.sampling_rate", COUNT) ?? 1,
    ...defined({
      path: reader.text("dataset_config.path"),
      frames: frameCountOf(reader, compat),
      crop: cropOf(reader),
      size,
      fps: reader.number("fatezero.fps", { least: Number.MIN_VALUE }),
      from: timeOf(reader, "fatezero.from"),
      to: timeOf(reader, "fatezero.to"),
      background: reader.text("fatezero.background"),
    }),
  };
}
