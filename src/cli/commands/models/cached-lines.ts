import { type CachedModel, cachedModels, hubSettings } from "../../../hub/index.node.ts";
import { count, formatBytes, formatSeconds } from "../../../quantity.ts";

/** The snapshot that a model is used by: that of its default branch, else any that is complete. */
function mainSnapshot({ snapshots }: CachedModel) {
  const complete = snapshots.filter(({ kind }) => kind !== null);
  return complete.find(({ refs }) => refs.includes("main")) ?? complete[0];
}

function row(model: CachedModel, width: number, now: number): string {
  const { id, bytes, lastUsed } = model;
  const snapshot = mainSnapshot(model);
  const used = lastUsed
    ? `used ${formatSeconds(Math.max(0, (now - lastUsed.getTime()) / 1000))} ago`
    : "never used";
  const what = snapshot
    ? `${snapshot.kind === "vae" ? "a VAE, " : ""}${used}  ${snapshot.folder}`
    : `not complete: "fatezero models pull ${id}" goes on`;
  return `  ${id.padEnd(width)}  ${formatBytes(bytes).padStart(7)}  ${what}`;
}

/** What of the Hugging Face cache can be used here, one line a model, under its name. Nothing is hashed or opened. */
export async function cachedLines(
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const { cache } = hubSettings(env);
  const models = await cachedModels(cache);
  const usable = models.filter(({ snapshots }) => snapshots.some(({ isDiffusers }) => isDiffusers));
  if (usable.length === 0) return [];
  const width = Math.max(...usable.map(({ id }) => id.length));
  const now = Date.now();
  const others = models.length - usable.length;
  return [
    [
      `In the Hugging Face cache, ${cache}:`,
      ...usable.map((model) => row(model, width, now)),
      ...(others > 0 ? [`  and ${count(others, "model")} that this program cannot use`] : []),
    ].join("\n"),
  ];
}
