import type { ProgressEvent } from "../pipeline/index.ts";
import type { StateStore } from "../resume/index.ts";
import { earlierVersions } from "./check-model.ts";
import { type InversionJob, inversionKey, KEY_VERSIONS } from "./inversion-state.ts";

/** Tells of an inversion of the same clip by earlier weights of the model that a store still holds, and forgets it. */
export async function* dropOlder(
  store: StateStore,
  job: InversionJob,
): AsyncGenerator<ProgressEvent, void, void> {
  const { name, checkpoint } = job.model;
  for (const [fingerprint, version] of earlierVersions(job.model)) {
    for (const keyVersion of KEY_VERSIONS) {
      const key = await inversionKey({ ...job, model: { ...job.model, fingerprint } }, keyVersion);
      // One that cannot be read is of no use either.
      const state = await store.load(key).catch(() => null);
      if (!state) continue;
      await store.remove(key).catch(() => {});
      yield {
        type: "warning",
        code: "older-state",
        message:
          `An inversion of this clip is kept, but it was made with an older version of ${name} ` +
          `(${version}, this is ${checkpoint.settings?.version}): the video is inverted again.`,
      };
    }
  }
}
