import { isAbsolute, join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where what outlives a run is kept: FATEZERO_CACHE, else where the system wants caches. */
export function cacheFolder(env: Environment, platform: NodeJS.Platform, home: string): string {
  if (env.FATEZERO_CACHE) return resolve(env.FATEZERO_CACHE);
  // The XDG rules say that a relative path is to be ignored.
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, "fatezero");
  if (platform === "darwin") return join(home, "Library", "Caches", "fatezero");
  if (platform === "win32") {
    return join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "fatezero", "Cache");
  }
  return join(home, ".cache", "fatezero");
}
