import { join } from "node:path";
import { drawMaps } from "../picture/index.ts";
import { promptIds } from "../pipeline/index.ts";
import { defaultOf, type MapsRequest } from "../request/index.ts";
import { announceSettings } from "./announce.ts";
import { checkApart } from "./apart.ts";
import { asPhase } from "./as-phase.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { inversionOf } from "./invert-clip.ts";
import { checkMapsFolder, OVERVIEW, writeMapsFolder } from "./maps-folder.ts";
import { checkMemory } from "./memory.ts";
import { announceNeeds } from "./needs.ts";
import { announce, prepare } from "./prepare.ts";
import { provenanceOf } from "./provenance.ts";
import { tellReplaced } from "./replaced.ts";
import { checkMaps, MAPS } from "./seeing.ts";
import type { Session } from "./session.ts";
import { sourceFrames } from "./source-frames.ts";
import { usedMaps } from "./used.ts";

/** `fatezero maps`: inverts a clip and draws what each word stands for. Returns the path of the overview. */
export async function mapsJob(request: MapsRequest, session: Session): Promise<string> {
  const { report, signal } = session;
  await checkApart({ out: request.out }, request);
  await checkMapsFolder(request.out);
  await tellReplaced(report, [request.out]);
  const opened = await prepare("maps", request, session);
  const { input, terms, size } = opened;
  promptIds(opened.model.tokenizer, terms.prompt, terms.settings.compat, "source prompt");
  checkMaps(opened.model, terms, size);
  const prepared = checkMemory(opened, request, []);
  const { model } = prepared;
  announce(session, prepared, request);
  announceSettings(report, terms, null);
  announceNeeds(report, prepared, request, []);

  const onEvent = withEstimate(report, model, workOf(input.kind === "clip" ? terms.steps : 0, null));
  const { inversion } = await inversionOf(prepared, request, { keepSource: false }, session, onEvent);
  const read = () => sourceFrames(model, input, inversion, request, signal);
  const frames = await asPhase(report, "read", read, input.path);
  const every = request.mapsEvery ?? defaultOf("mapsEvery", "maps");
  const used = usedMaps(request, prepared, every);
  const metadata = provenanceOf("maps", used, model, terms.prompt, { what: MAPS });
  const draw = () =>
    writeMapsFolder(request.out, drawMaps({ model, inversion, frames, every }), { signal, metadata });
  await asPhase(report, "draw", draw, request.out);
  return join(request.out, OVERVIEW);
}
