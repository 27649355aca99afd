import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** Where something that a config names is, or where it was looked for in vain. */
export type Located =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly looked: readonly string[] };

/** Folders above the config's own that are looked in: the authors keep configs two folders below their root. */
const PARENTS = 3;

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Finds a path of a config: from the current folder, as the authors' code does, else from the config's own folder or one of
 * the three above it. `~/` is the user's home. A path found from the current folder stays as it is written.
 */
export async function locate(path: string, configFile: string): Promise<Located> {
  const written = path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
  if (isAbsolute(written))
    return (await exists(written)) ? { found: true, path: written } : { found: false, looked: [written] };
  if (await exists(written)) return { found: true, path: written };
  const looked = [resolve(written)];
  let folder = dirname(resolve(configFile));
  for (let level = 0; level <= PARENTS; level++, folder = dirname(folder)) {
    const candidate = join(folder, written);
    if (looked.includes(candidate)) continue;
    if (await exists(candidate)) return { found: true, path: candidate };
    looked.push(candidate);
  }
  return { found: false, looked };
}
