import { promptIds } from "../pipeline/index.ts";
import { commandLineOf, type InvertRequest, type SeeingOptions } from "../request/index.ts";
import { announceSettings } from "./announce.ts";
import { asPhase } from "./as-phase.ts";
import { openCache } from "./cache.ts";
import { checkNullText } from "./effects.ts";
import { withEstimate, workOf } from "./estimate.ts";
import { frameCount } from "./input.ts";
import { checkInversionOutput, writeInversion } from "./inversion-output.ts";
import { inversionOf } from "./invert-clip.ts";
import { judgeSource } from "./judge.ts";
import { keptStates } from "./kept-states.ts";
import { checkMemory } from "./memory.ts";
import { announceNeeds } from "./needs.ts";
import { nullTextWork, withNullText } from "./null-text.ts";
import { announce, prepare } from "./prepare.ts";
import { type Beside, type Provenance, provenanceOf } from "./provenance.ts";
import { warnOfWords } from "./real-model.ts";
import { tellReplaced } from "./replaced.ts";
import { checkMaps, checkSeeing, writeSeeing } from "./seeing.ts";
import type { Session } from "./session.ts";
import { keptBytes, nullTextBytes, trajectoryBytes } from "./trajectory-bytes.ts";
import { usedInversion } from "./used.ts";
import { checkWritable } from "./writable.ts";

/** `fatezero invert`: inverts a clip and saves what edits need. Returns the path of the inversion. */
export async function invertJob(request: InvertRequest, session: Session): Promise<string> {
  const { report } = session;
  const { out } = request;
  const cache = request.resume === false ? undefined : openCache();
  await checkInversionOutput(out);
  checkNullText(request);
  await checkSeeing(request);
  await tellReplaced(report, [out, request.saveMaps]);
  // A text is optimised for what all frames miss together.
  const whole = request.nullText === undefined ? {} : { window: "off" as const };
  const opened = await prepare("invert", { ...request, ...whole }, session);
  const { input, terms, size } = opened;
  promptIds(opened.model.tokenizer, terms.prompt, null, "source prompt");
  if (request.saveMaps !== undefined) checkMaps(opened.model, terms, size);
  const frames = frameCount(input, request);
  const texts = nullTextBytes(opened, request, frames);
  await checkWritable(out, { bytes: trajectoryBytes(opened, frames) + texts });
  const prepared = checkMemory(opened, request, [], frames);
  const { model } = prepared;
  const store = cache && (await keptStates(cache, keptBytes(prepared, frames) + texts, report));
  announce(session, prepared, request);
  announceSettings(report, terms, null);
  announceNeeds(report, prepared, request, [], frames);
  warnOfWords(report, model, terms.prompt);
  const used = usedInversion(request, prepared);
  report({ type: "settings", arguments: commandLineOf("invert", used) });

  const work = { ...workOf(terms.steps, null), nullText: nullTextWork(request, terms.steps) };
  const onEvent = withEstimate(report, model, work);
  const inverted = await inversionOf(prepared, request, { store, keepSource: false }, session, onEvent);
  const { frames: encoded } = inverted;
  const inversion = await withNullText(model, inverted.inversion, request, { store }, session, onEvent);
  const metadata = provenanceOf("invert", used, model, terms.prompt);
  await asPhase(report, "write", () => writeInversion(out, inversion, metadata), out);
  await judgeSource(model, inversion, encoded, session);
  const made = (options: SeeingOptions, beside: Beside): Provenance =>
    provenanceOf("invert", { ...used, ...options }, model, terms.prompt, beside);
  await writeSeeing({ model, input, inversion, source: encoded, made }, request, session);
  return out;
}
