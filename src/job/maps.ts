import { join } from "node:path";
import { drawMaps } from "../picture/index.ts";
import { promptIds } from "../pipeline/index.ts";
import { defaultOf, type MapsRequest } from "../request/index.ts";
import { announceSettings } from "./announce.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { asPhase, inversionOf } from "./invert-clip.ts";
import { checkMapsFolder, writeMapsFolder } from "./maps-folder.ts";
import { announce, prepare } from "./prepare.ts";
import { checkMaps } from "./seeing.ts";
import type { Session } from "./session.ts";
import { sourceFrames } from "./source-frames.ts";

/** `fatezero maps`: inverts a clip and draws what each word stands for. Returns the path of the overview. */
export async function mapsJob(request: MapsRequest, session: Session): Promise<string> {
  const { report, signal } = session;
  await checkMapsFolder(request.out);
  const prepared = await prepare("maps", request, session);
  const { input, model, terms, size } = prepared;
  promptIds(model.tokenizer, terms.prompt, terms.settings.compat, "source prompt");
  checkMaps(model, terms, size);
  announce(session, prepared, request);
  announceSettings(report, terms, null);

  const onEvent = withEstimate(report, model, workOf(input.kind === "clip" ? terms.steps : 0, null, 1));
  const { inversion } = await inversionOf(prepared, request, {}, session, onEvent);
  await asPhase(report, "write", async () => {
    const frames = await sourceFrames(model, input, inversion, request, signal);
    const every = request.mapsEvery ?? defaultOf("mapsEvery", "maps");
    await writeMapsFolder(request.out, drawMaps({ model, inversion, frames, every }), signal);
  });
  return join(request.out, "overview.png");
}
