import { isForeign, unknownWords } from "../judge/index.ts";
import type { Model } from "../pipeline/index.ts";
import { say, the } from "../say.ts";
import type { Report } from "./events.ts";

/** What a real checkpoint costs: a UNet run takes 6 to 7 s of processor time a frame and branch, on two cores, three branches. */
const REAL_MODEL = say`A real checkpoint such as Stable Diffusion 1.4 or 1.5 knows it: a download of 3 to 4 GB, and on a CPU roughly a minute a step for 8 frames of 512 pixels. ${the("model", "CompVis/stable-diffusion-v1-4")} downloads it; a folder or file is named by its path.`;

/** Warns of words that a small model was never taught, and of added words that no prompt uses. */
export function warnOfWords(report: Report, model: Model, ...prompts: readonly string[]): void {
  for (const { word, label } of model.checkpoint.embeddings ?? []) {
    if (prompts.some((prompt) => prompt.toLowerCase().includes(word.toLowerCase()))) continue;
    const message = `No prompt has the word "${word}", so the embedding ${label} does nothing.`;
    report({ type: "warning", code: "embedding-unused", message });
  }
  const words = unknownWords(model.checkpoint.settings, ...prompts);
  if (words.length === 0) return;
  const list = words.map((word) => `"${word}"`).join(", ");
  report({
    type: "warning",
    code: "unknown-words",
    message: say`${model.name} does not know ${list} ("fatezero models" lists its words). ${REAL_MODEL}`,
  });
}

/** Warns of a clip that shows nothing a small model was taught to draw; `fidelity` as `sceneFidelity` measures it. */
export function warnOfClip(report: Report, model: Model, fidelity: number): void {
  if (!isForeign(model.checkpoint.settings, fidelity)) return;
  report({
    type: "warning",
    code: "foreign-clip",
    message: say`This clip looks like none of the scenes that ${model.name} draws (its fidelity is ${fidelity.toFixed(1)} dB, theirs ${String(model.checkpoint.settings?.sceneFidelity)} dB or more): expect little of the result. ${REAL_MODEL}`,
  });
}
