import type { ModulePair } from "./unet-names.ts";

/** Renames layers from one layout to the other; null for names that are of no module. */
export type Rename = (name: string) => string | null;

function renamer(pairs: readonly ModulePair[], from: 0 | 1): Rename {
  // Of two names for one module the first is the usual one.
  const known = new Map([...pairs].reverse().map((pair) => [pair[from], pair[1 - from]!]));
  return (name) => {
    // The longest known prefix that ends at a dot.
    for (let end = name.length; end > 0; end = name.lastIndexOf(".", end - 1)) {
      const target = known.get(name.slice(0, end));
      if (target !== undefined) return target + name.slice(end);
    }
    return null;
  };
}

/** Both directions of a table of modules. */
export function moduleMap(pairs: readonly ModulePair[]): {
  readonly toDiffusers: Rename;
  readonly toOriginal: Rename;
} {
  return { toDiffusers: renamer(pairs, 0), toOriginal: renamer(pairs, 1) };
}
