import { FateZeroError } from "../errors.ts";
import type { EditKnobs } from "./knobs.ts";

/** Values of knobs that are one of a few. */
const CHOICES = {
  maskFrom: ["attention", "difference"],
  maskMode: ["replace", "add", "cut"],
  align: ["auto", "replace", "refine"],
  fuseLayers: ["auto", "all"],
  fuseFrom: ["inversion", "reconstruction"],
} as const satisfies { readonly [K in keyof EditKnobs]?: readonly EditKnobs[K][] };

function badOption(name: string, value: unknown, remedy: string): FateZeroError {
  return new FateZeroError("bad-option", `The option ${name} is ${JSON.stringify(value)}.`, remedy);
}

/** Refuses what the compiler would refuse in TypeScript. Throws FateZeroError `bad-option`. */
export function checkKnobs(knobs: EditKnobs): void {
  const { maskWords = "auto" } = knobs;
  for (const [name, choices] of Object.entries(CHOICES)) {
    const value = knobs[name as keyof typeof CHOICES];
    if (value !== undefined && !(choices as readonly string[]).includes(value))
      throw badOption(name, value, `It must be ${choices.join(" or ")}.`);
  }
  const areWords = typeof maskWords === "object" && Array.isArray(maskWords?.source);
  if (maskWords !== "auto" && maskWords !== "none" && !areWords)
    throw badOption("maskWords", maskWords, 'It must be "auto", "none", or { source: ["car"] }.');
}
