import { randomBytes } from "node:crypto";
import { lstat, readdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { isAtWork, OWN_PROCESS } from "./owner.node.ts";

/**
 * Hidden names under which something is until it is complete, and what killed processes left under them:
 *
 * - `.fatezero.<process><random>.tmp` a file or folder on its way; `.old` holds a folder that is about to be replaced
 * - `<name>.safetensors.<process><random>.partial` a file on its way in a store that knows its own by their names
 * - before these told their process: `.fatezero.<12 digits>.tmp`, `.<name>.<12 digits>.tmp`,
 *   `<name>.<8 digits>.partial`, `.fatezero-<6 letters>` (an empty folder, to see if there can be one)
 */

const OWNED =
  /^(?:\.fatezero\.([0-9a-f]{28})[0-9a-f]{12}\.(?:tmp|old)|.+\.safetensors\.([0-9a-f]{28})[0-9a-f]{12}\.partial)$/;
const OLDER = /^(?:\.fatezero\.[0-9a-f]{12}\.tmp|[a-z]+-[0-9a-f]{40}\.safetensors\.[0-9a-f]+\.partial)$/;
const OLDER_PROBE = /^\.fatezero-[A-Za-z0-9]{6}$/;
/** Other programs may have such names: they count only where they are of what is about to be written. */
const OLDER_NAMED = /^(?:\.(.+)\.[0-9a-f]{12}\.tmp|(.+)\.[0-9a-f]{8}\.partial)$/;

/** What does not tell its process is younger than this while one writes it. */
const OLDER_MS = 10 * 60_000;
/** The same of another machine's process, whose clock may be wrong. */
const FOREIGN_MS = 24 * 60 * 60_000;

const mark = (): string => OWN_PROCESS + randomBytes(6).toString("hex");

/** A short hidden name beside `path` (same file system, so that a rename is one step) that nothing else has. */
export function temporarySibling(path: string): string {
  return join(dirname(path), `.fatezero.${mark()}.tmp`);
}

/** A folder beside `path` to hold what is there while it is replaced: after a kill the next write brings it back. */
export function holderBeside(path: string): string {
  return join(dirname(path), `.fatezero.${mark()}.old`);
}

/** Letters that a name may have for its partial file to be told by it. */
const MOST_TOLD = 200;

/** Where a file of a store is until it is complete: named for it, where the name is short enough. */
export function partialOf(file: string): string {
  const isShort = Buffer.byteLength(basename(file)) <= MOST_TOLD;
  return isShort && extname(file) === ".safetensors" ? `${file}.${mark()}.partial` : temporarySibling(file);
}

/** Whether a name may be one of these, of `target` where it was named for that. */
function isTemporaryName(name: string, target: string): boolean {
  if (OWNED.test(name) || OLDER.test(name) || OLDER_PROBE.test(name)) return true;
  const [, hidden, partial] = OLDER_NAMED.exec(name) ?? [];
  const stem = hidden ?? partial;
  return (
    stem !== undefined && [target, target.slice(0, target.length - extname(target).length)].includes(stem)
  );
}

/** Milliseconds since the last change of a file, or of a folder and what is in it; null where it is gone. */
async function ageOf(path: string): Promise<number | null> {
  const inside = await readdir(path).catch(() => []);
  const infos = await Promise.all(
    [path, ...inside.map((name) => join(path, name))].map((one) => lstat(one).catch(() => null)),
  );
  if (!infos[0]) return null;
  return Date.now() - Math.max(...infos.map((info) => info?.mtimeMs ?? 0));
}

/** Whether `path` was left by a process that was killed; `target` is what it may have been on its way to. */
export async function isLeftover(path: string, target = ""): Promise<boolean> {
  const name = basename(path);
  if (!isTemporaryName(name, basename(target))) return false;
  const [, hidden, partial] = OWNED.exec(name) ?? [];
  const owner = hidden ?? partial;
  const atWork = owner === undefined ? null : await isAtWork(owner);
  if (atWork !== null) return !atWork;
  const age = await ageOf(path);
  return age !== null && age > (owner === undefined ? OLDER_MS : FOREIGN_MS);
}

/** Removes a leftover; what was to be replaced comes back where nothing has taken its place. */
async function clearLeftover(path: string): Promise<void> {
  const name = basename(path);
  // Somebody else's, if there is anything in it.
  if (OLDER_PROBE.test(name)) return rmdir(path);
  if (name.endsWith(".old")) {
    for (const held of await readdir(path)) {
      const place = join(dirname(path), held);
      if (!(await lstat(place).catch(() => null))) await rename(join(path, held), place);
    }
  }
  await rm(path, { recursive: true, force: true });
}

/**
 * Removes what killed processes left in the folder where `target` is about to be written. What a living process writes
 * stays, and so does any file of another kind. Never throws: what cannot be removed does no harm.
 */
export async function removeLeftovers(target: string): Promise<void> {
  const folder = dirname(target);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (await isLeftover(path, target)) await clearLeftover(path).catch(() => {});
  }
}
