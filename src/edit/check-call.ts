import { FateZeroError } from "../errors.ts";
import { checkLength } from "../prompt/index.ts";

/** Callers without types may give anything: what cannot be read at all is named, instead of failing somewhere inside. */

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function refuse(what: string, remedy: string): never {
  throw new FateZeroError("bad-argument", what, remedy);
}

/** Throws FateZeroError `bad-argument` unless it is a model, or one for planning only. */
export function checkIsModel(model: unknown, call: string): void {
  if (isObject(model) && isObject(model.tokenizer) && isObject(model.checkpoint)) return;
  const isPending = isObject(model) && typeof model.then === "function";
  refuse(
    `The first argument of ${call} is no model${isPending ? ", but the promise of one" : ""}.`,
    isPending ? "Await loadModel." : "Give what loadModel returns.",
  );
}

/** Throws FateZeroError `bad-argument` unless it is an inversion. */
export function checkIsInversion(inversion: unknown, call: string): void {
  if (isObject(inversion) && isObject(inversion.latents) && isObject(inversion.wordMaps)) return;
  const isPending = isObject(inversion) && typeof inversion.then === "function";
  refuse(
    `The second argument of ${call} is no inversion${isPending ? ", but the promise of one" : ""}.`,
    isPending ? "Await it." : "Give what invert or loadInversion returns.",
  );
}

/** Throws FateZeroError `prompt-missing` where options hold no text as their prompt. An empty one is one. */
export function checkPrompt(options: unknown, call: string, shows: string, role = "source prompt"): void {
  const prompt = isObject(options) ? options.prompt : undefined;
  if (typeof prompt === "string") {
    checkLength(prompt, role);
    return;
  }
  throw new FateZeroError(
    "prompt-missing",
    prompt === undefined || prompt === null
      ? `${call} was given no prompt.`
      : `The prompt given to ${call} is a ${typeof prompt}, not a text.`,
    `Say in { prompt: "…" } what ${shows}.`,
  );
}
