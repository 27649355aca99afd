import { cachedFolder, hubSettings } from "../../../hub/index.node.ts";
import { requireRepository } from "../../../hub/index.ts";
import { embeddedModels } from "../../../pipeline/index.node.ts";

/** `fatezero models path`: the folder of a model, which must be complete. */
export async function modelPath(name: string): Promise<string> {
  const embedded = embeddedModels().get(name);
  return embedded ?? cachedFolder(hubSettings(process.env).cache, requireRepository(name));
}
