import { cachedFolder, hubSettings, removeCached } from "../../../hub/index.node.ts";
import { requireRepository } from "../../../hub/index.ts";
import { usageError } from "../../../job/usage.ts";
import { embeddedModels } from "../../../pipeline/index.node.ts";
import { formatBytes } from "../../../quantity.ts";

/** `fatezero models path`: the folder of a model, which must be complete. */
export async function modelPath(name: string): Promise<string> {
  const embedded = embeddedModels().get(name);
  return embedded ?? cachedFolder(hubSettings(process.env).cache, requireRepository(name));
}

/** `fatezero models rm`: removes a model from the Hugging Face cache and says what that freed. */
export async function removeModel(name: string): Promise<string> {
  if (embeddedModels().has(name)) {
    throw usageError(
      `"${name}" comes with the program and cannot be removed.`,
      "Name a model of the Hugging Face cache: owner/name.",
    );
  }
  const { id, revision } = requireRepository(name);
  if (revision !== undefined) {
    throw usageError(
      `"${name}" names one revision, but they share their files.`,
      `Name the model, and all of it is removed: ${id}`,
    );
  }
  const { cache } = hubSettings(process.env);
  const { bytes } = await removeCached(cache, id);
  return `removed ${id} from ${cache}: ${formatBytes(bytes)} freed`;
}
