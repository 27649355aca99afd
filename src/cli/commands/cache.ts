import { readdir } from "node:fs/promises";
import { openCache } from "../../job/cache.ts";
import type { StoredState } from "../../job/folder-store.ts";
import { count, formatBytes, formatSeconds } from "../../quantity.ts";
import type { Answer } from "../terminal/session.ts";

function lineOf({ bytes, modified, state }: StoredState, now: number): string {
  const age = formatSeconds(Math.max(0, (now - modified.getTime()) / 1000));
  const size = formatBytes(bytes).padStart(9);
  if (state === null) return `${size}  ${age} ago  unreadable`;
  const progress =
    state.step === state.steps
      ? `all ${count(state.steps, "step")}`
      : `${state.step} of ${state.steps} steps`;
  return `${size}  ${age} ago  ${state.title}, ${progress}`;
}

/** What is wrong with the folder of the cache, behind its name; nothing where it is sound, or not there yet. */
function faultOf(folder: string): Promise<string> {
  return readdir(folder).then(
    () => "",
    ({ code, message }: NodeJS.ErrnoException) =>
      code === "ENOENT"
        ? ""
        : code === "ENOTDIR"
          ? ", which is no folder"
          : `, which cannot be read: ${message}`,
  );
}

/** `fatezero cache list`: what unfinished runs and finished inversions are kept, newest first. */
export async function listCache(): Promise<Answer> {
  const { folder, limit, list } = openCache();
  const states = await list();
  const bytes = states.reduce((sum, state) => sum + state.bytes, 0);
  const now = Date.now();
  const sum = `${count(states.length, "state")}, ${formatBytes(bytes)} of at most ${formatBytes(limit)}, in ${folder}${await faultOf(folder)}`;
  return {
    text: [...states.map((state) => lineOf(state, now)), sum].join("\n"),
    data: { folder, bytes, limit, states },
  };
}

/** `fatezero cache clear`: removes them all. */
export async function clearCache(): Promise<Answer> {
  const { folder, clear } = openCache();
  const { files, bytes } = await clear();
  const text = `removed ${count(files, "file")}, ${formatBytes(bytes)}, from ${folder}${await faultOf(folder)}`;
  return { text, data: { folder, files, bytes } };
}

/** `fatezero cache path`: where they are. */
export async function cachePath(): Promise<Answer> {
  const { folder } = openCache();
  return { text: folder, data: { folder } };
}
