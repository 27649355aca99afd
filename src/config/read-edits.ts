import { makesTarget } from "../edit/index.ts";
import { FateZeroError } from "../errors.ts";
import { MAX_EDITS } from "../limits.ts";
import { knobsFromP2p, type PlanWarning, planOptionsFromP2p, releasedKnobs } from "../prompt/index.ts";
import { askedFields, KNOBS } from "../request/index.ts";
import { say } from "../say.ts";
import { readFields } from "./fields.ts";
import { nameNow } from "./keys.ts";
import type { ConfigMode } from "./mode.ts";
import { type ConfigReader, truthOf } from "./reader.ts";
import { isMapping } from "./tree.ts";
import { type ConfigClip, type ConfigEdit, type EditKnobs, RELEASED_DEFAULTS } from "./types.ts";

const PROMPTS = "editing_config.editing_prompts";
const ENTRIES = "editing_config.p2p_config";
const FLAGS = ["is_replace_controller", "blend_self_attention", "blend_latents"];

/** The prompts, each a text: what YAML reads as something else has to be quoted. */
function promptsOf(reader: ConfigReader): string[] {
  const prompts = reader.plain(PROMPTS);
  if (!Array.isArray(prompts) || prompts.length === 0) throw reader.wrong(PROMPTS, "a list of sentences");
  if (prompts.length > MAX_EDITS) {
    const message = `${PROMPTS} has ${prompts.length} sentences, more than ${MAX_EDITS}.`;
    throw reader.fault("config-value", PROMPTS, message, "Write several configs.");
  }
  return prompts.map((prompt: unknown, index) => {
    if (typeof prompt === "string" && prompt.trim() !== "") return prompt;
    throw reader.wrong(
      `${PROMPTS}.${index}`,
      "a sentence; in quotes if it has a colon, a comma or a # in it",
    );
  });
}

/** An entry of `p2p_config` with the names of today and truth values as such. */
function entryOf(reader: ConfigReader, index: number, prompt: string): Record<string, unknown> {
  const name = `${ENTRIES}.${index}`;
  const entry = reader.plain(name);
  if (entry === undefined || entry === null) {
    const message = `${ENTRIES} has no entry ${index} for the prompt "${prompt}".`;
    throw reader.fault("config-value", ENTRIES, message, "Every prompt needs one, counted from 0.");
  }
  if (typeof entry !== "object" || Array.isArray(entry) || isMapping(entry))
    throw reader.wrong(name, "a mapping with cross_replace_steps and self_replace_steps");
  const renamed = Object.entries(entry).map(([key, value]) => [nameNow(key), value] as const);
  return Object.fromEntries(
    renamed.map(([key, value]) => [key, FLAGS.includes(key) ? (truthOf(value) ?? value) : value]),
  );
}

/** Runs `read`; what it says of an entry gets the file and the line. */
function inEntry<T>(reader: ConfigReader, index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FateZeroError) || error.code !== "bad-p2p") throw error;
    const { what, remedy } = error.said;
    throw reader.fault(error.code, `${ENTRIES}.${index}`, say`In ${ENTRIES}.${index}: ${what}`, remedy);
  }
}

/** Keys that nobody reads are told by the survey of the whole file. */
const isNews = ({ code }: PlanWarning): boolean => code !== "unknown-p2p-key";

function releasedEdit(
  entry: unknown,
  prompt: string,
  { source, steps }: { readonly source: string; readonly steps: number },
): ConfigEdit {
  const p2p = planOptionsFromP2p(entry, { source, target: prompt, steps });
  return { knobs: { prompt, ...releasedKnobs(p2p) }, warnings: p2p.warnings.filter(isNews) };
}

/** What all prompts share. */
function sharedKnobs(reader: ConfigReader, { released, compat }: ConfigMode): Omit<EditKnobs, "prompt"> {
  const knobs = readFields(reader, KNOBS);
  const [useless] = compat ? askedFields(knobs, "presets") : [];
  if (useless) {
    const name = `fatezero.${useless}`;
    const message = `${name} has no effect: the released code knows no presets.`;
    throw reader.fault("config-value", name, message, "Add compat: false, or leave it out.");
  }
  return released ? { guidance: RELEASED_DEFAULTS.guidance, ...knobs } : knobs;
}

/** The one edit of a config that makes its target itself; an entry of `p2p_config` may say how. */
function ownEdit(
  reader: ConfigReader,
  shared: Omit<EditKnobs, "prompt">,
  { compat }: ConfigMode,
): ConfigEdit {
  const name = shared.remove === undefined ? "fatezero.enhance" : "fatezero.remove";
  if (compat) {
    const message = `${name} has no effect: the released code does not know it.`;
    throw reader.fault("config-value", name, message, "Add compat: false, or leave it out.");
  }
  if (reader.has(PROMPTS)) {
    const message = `${PROMPTS} would have no effect: with ${name} the target is made of the source.`;
    throw reader.fault("config-value", PROMPTS, message, `Leave it out, or ${name}.`);
  }
  const entry = reader.has(ENTRIES) ? entryOf(reader, 0, name) : {};
  const knobs = inEntry(reader, 0, () => knobsFromP2p(entry));
  return { knobs: { ...knobs, ...shared }, warnings: [] };
}

/**
 * Reads `editing_prompts` with their entries of `p2p_config`, which may be left out where there are regions: in compat mode with the released code's defaults, else with
 * this program's. Prompts that are only sampled there get what this program chooses for each.
 *
 * @throws FateZeroError `config-value`, `bad-p2p`
 */
export function readEdits(
  reader: ConfigReader,
  clip: ConfigClip,
  steps: number,
  mode: ConfigMode,
  hasRegions = false,
): ConfigEdit[] {
  const shared = sharedKnobs(reader, mode);
  const terms = { source: clip.prompt, steps };
  const editOf = (prompt: string, index: number): ConfigEdit => {
    if (mode.samples) return { knobs: { prompt }, warnings: [] };
    const entry = entryOf(reader, index, prompt);
    return inEntry(reader, index, () =>
      mode.compat
        ? releasedEdit(entry, prompt, terms)
        : { knobs: { prompt, ...knobsFromP2p(entry) }, warnings: [] },
    );
  };
  if (makesTarget(shared)) return [ownEdit(reader, shared, mode)];
  // Regions have targets of their own, so that the whole picture needs none.
  if (hasRegions && !reader.has(PROMPTS)) {
    const entry = reader.has(ENTRIES) ? entryOf(reader, 0, "of the regions") : {};
    return [{ knobs: { ...inEntry(reader, 0, () => knobsFromP2p(entry)), ...shared }, warnings: [] }];
  }
  return promptsOf(reader).map((prompt, index) => {
    const { knobs, warnings } = editOf(prompt, index);
    return { knobs: { ...knobs, ...shared }, warnings };
  });
}
