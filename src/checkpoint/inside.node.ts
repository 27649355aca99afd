import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { FateZeroError } from "../errors.ts";

/** Names of files that may be read in a model's folders. */
const READ = /\.(json|txt|safetensors|bin)$/;

/** The folder that links may lead to: the model's own, or the cache of the hub that it is a snapshot in. */
function homeOf(root: string): string {
  const repository = dirname(dirname(root));
  const isSnapshot = basename(dirname(root)) === "snapshots" && /^models--/.test(basename(repository));
  return isSnapshot ? dirname(repository) : root;
}

function refusal(path: string, what: string): FateZeroError {
  return new FateZeroError(
    "checkpoint-link",
    `${path} ${what}, and a model's folder has nothing opened that lies elsewhere.`,
    "Put the file itself in its place.",
  );
}

/**
 * Refuses a model's folder of whose `parts`, files and folders with all that may be read in them, something is a link that
 * leads out of it, or no plain file. Throws FateZeroError `checkpoint-link`.
 */
export async function requireInside(root: string, parts: readonly string[]): Promise<void> {
  const home = homeOf(await realpath(root));
  const check = async (path: string): Promise<void> => {
    // What leads nowhere is told as missing by whoever reads it.
    const real = await realpath(path).catch(() => null);
    if (real === null) return;
    if (real !== home && !real.startsWith(home.endsWith(sep) ? home : home + sep))
      throw refusal(path, `is a link to ${real}`);
    const info = await stat(real).catch(() => null);
    if (info && !info.isFile() && !info.isDirectory()) throw refusal(path, "is no plain file");
  };
  for (const path of parts.map((part) => join(root, part))) {
    await check(path);
    const names = await readdir(path).catch(() => []);
    for (const name of names) if (READ.test(name)) await check(join(path, name));
  }
}
