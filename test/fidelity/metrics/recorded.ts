import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stored } from "../stored.ts";

/** What the released script says of a clip. */
export interface RecordedScores {
  readonly temporalConsistency: number | null;
  readonly frameAccuracy: number | null;
}

/** A greedy caption of one of the pictures in `blip/pixels`. */
export interface RecordedCaption {
  readonly picture: number;
  /** "free": from the first token alone; "prompted": from the row of `blip/start`. */
  readonly start: "free" | "prompted";
  readonly greedy: readonly number[];
}

/** What a folder of metrics tells beside its tensors. */
export interface RecordedMetrics {
  /** Source and target. */
  readonly prompts: readonly string[];
  scoresOf(clip: string): RecordedScores;
  readonly captions: readonly RecordedCaption[];
}

/** Reads `expected.json`, or the same from the header of the tensors. Throws where there are no prompts. */
export async function readRecorded(folder: string, stored: Stored): Promise<RecordedMetrics> {
  const file = await readFile(join(folder, "expected.json"), "utf8").catch(() =>
    stored.text("expected_json"),
  );
  const info = JSON.parse(file ?? "{}");
  const isClip = stored.names().some((name) => name.startsWith("clip/"));
  if (isClip && !(Array.isArray(info.prompts) && info.prompts.length === 2))
    throw new Error("expected.json has no prompts, source and target");
  return {
    prompts: info.prompts ?? [],
    captions: info.blip ?? [],
    scoresOf: (clip) => ({
      temporalConsistency: info[clip]?.tem_con ?? null,
      frameAccuracy: info[clip]?.frame_acc ?? null,
    }),
  };
}
