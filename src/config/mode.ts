import type { ConfigReader } from "./reader.ts";
import { isTuningConfig } from "./tuning.ts";

/** What a config is: what it does, and whose defaults and whose method it follows. */
export interface ConfigMode {
  /** The model is tuned on the clip first. */
  readonly tunes: boolean;
  /** It says nothing of how its prompts are edited: the released code samples them without fusion while it tunes. */
  readonly samples: boolean;
  /** Absent keys mean what they mean to the released code. */
  readonly released: boolean;
  /** Inverted and edited as the released code does, to the number. Where prompts are only sampled it has no way to edit them. */
  readonly compat: boolean;
}

/** Finds out what a config is. Throws FateZeroError `config-value`. */
export function modeOf(reader: ConfigReader): ConfigMode {
  const tunes = isTuningConfig(reader);
  const samples = tunes && !reader.has("editing_config.p2p_config");
  const asked = reader.flag("fatezero.compat");
  return { tunes, samples, released: asked ?? true, compat: asked ?? !samples };
}
