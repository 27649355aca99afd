import type { Component } from "../checkpoint/index.ts";
import { FateZeroError } from "../errors.ts";
import { shownJson } from "../json.ts";
import { say, the } from "../say.ts";

/**
 * What Tune-A-Video trains, by the endings of module names: all of the temporal attention, every other attention's queries,
 * and the temporal convolutions (train_tune_a_video.py; paper App. A).
 */
export const TRAINED: readonly string[] = ["attn_temporal", ".to_q", "conv_temporal"];

/** Names that an error shows. */
const SHOWN = 8;

/** The modules that a weight lies in, outermost first: `a.b.weight` → `a`, `a.b`. */
function modulesOf(name: string): string[] {
  const parts = name.split(".").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}

/**
 * The weights of all modules whose names end with one of `endings`, sorted. A layer's norm belongs to no module of these
 * names, so `norm_temporal` is not among TRAINED's.
 *
 * @throws FateZeroError `tune-module` naming an ending that no module has
 */
export function trainedNames({ weights }: Component, endings: readonly string[]): readonly string[] {
  const modules = [...weights.keys()].map((name) => [name, modulesOf(name)] as const);
  const unknown = endings.find(
    (ending) =>
      ending === "" || !modules.some(([, inside]) => inside.some((module) => module.endsWith(ending))),
  );
  if (unknown !== undefined || endings.length === 0) {
    const last = new Set(modules.flatMap(([, inside]) => inside.at(-1)!.split(".").slice(-2).join(".")));
    const some = [...last].filter((name) => !/\d/.test(name)).sort();
    throw new FateZeroError(
      "tune-module",
      unknown === undefined
        ? say`${the("trainModules")} names nothing.`
        : say`${the("trainModules")} has ${shownJson(unknown)}, and no module of the model ends so.`,
      `Name endings such as ${[...TRAINED, ...some].slice(0, TRAINED.length + SHOWN).join(", ")}.`,
    );
  }
  return modules
    .filter(([, inside]) => inside.some((module) => endings.some((ending) => module.endsWith(ending))))
    .map(([name]) => name)
    .sort();
}
