import { pastesSource, targetsOf } from "../edit/index.ts";
import { commandLineOf, type EditRequest } from "../request/index.ts";
import { announcePlan, announceSettings } from "./announce.ts";
import { asPhase } from "./as-phase.ts";
import { checkAutoCrop, prepareCropped } from "./auto-crop.ts";
import { baselineJob } from "./baseline/baseline.ts";
import { baselineOf, checkMethod } from "./baseline/effects.ts";
import { openCache } from "./cache.ts";
import { type Making, makeEdit, type ReadyEdit, readyEdit } from "./edits/make.ts";
import { checkPlaces, type PlacedEdits, pathsOf, placedEdits, titleOf } from "./edits/places.ts";
import { planEdits } from "./edits/plan.ts";
import { checkSeveral, makeSeveral } from "./edits/several.ts";
import { withEstimate, worksOf } from "./estimate.ts";
import { checkFullSize } from "./full-size.ts";
import { readHandMasks } from "./hand-masks.ts";
import { frameCount } from "./input.ts";
import { inversionOf, lookedAt } from "./invert-clip.ts";
import { judgeResult } from "./judge.ts";
import { keptStates } from "./kept-states.ts";
import { announceLive, openLiveView } from "./live.ts";
import { checkMemory } from "./memory.ts";
import { announceNeeds } from "./needs.ts";
import { announce } from "./prepare.ts";
import type { CheckedEdit, Prepared } from "./prepared.ts";
import { inversionArguments } from "./provenance.ts";
import { warnOfWords } from "./real-model.ts";
import { tellReplaced } from "./replaced.ts";
import { looksAtSource } from "./seeing.ts";
import type { Session } from "./session.ts";
import { keptBytes } from "./trajectory-bytes.ts";
import { untilDone } from "./until-done.ts";
import { usedEdit, usedEdits } from "./used.ts";

/** What came of a request: a result, or several and a picture of them. */
interface Edited {
  /** The result; of several edits the picture that shows them all. */
  readonly output: string;
  /** What was written beside that picture. */
  readonly results: readonly string[];
  /** Edits of several that could not be made. */
  readonly failed: number;
}

/** Decides what is left of every edit; what all have in common is told with the first. */
async function readyAll(
  { edits }: PlacedEdits,
  checked: readonly CheckedEdit[],
  opened: Prepared,
  session: Session,
): Promise<readonly ReadyEdit[]> {
  const { report } = session;
  const quieter: Session = { ...session, report: (event) => event.type !== "fact" && report(event) };
  const ready: ReadyEdit[] = [];
  for (const [index, edit] of edits.entries())
    ready.push(await readyEdit(edit, checked[index]!, opened, index === 0 ? session : quieter));
  return ready;
}

/**
 * `fatezero edit`: one inversion and an edit for each target and each value of what is swept. Refuses first what can be
 * refused, then works.
 */
export async function editJob(request: EditRequest, session: Session): Promise<Edited> {
  const asked = placedEdits(request);
  const first = asked.edits[0]!;
  checkAutoCrop(first.request);
  checkSeveral(asked);
  const baseline = baselineOf(request);
  if (baseline !== null)
    return { output: await baselineJob(first.request, baseline, session), results: [], failed: 0 };
  checkMethod(first.request);
  checkFullSize(request);
  const { report } = session;
  const cache = request.resume === false ? undefined : openCache();
  await checkPlaces(asked, request);
  await tellReplaced(report, [...pathsOf(asked), request.live]);
  const { request: cropped, prepared: opened } = await prepareCropped(first.request, session);
  const { sheet } = asked;
  // A part that is to be found is found for one edit only.
  const placed = sheet === null ? { ...asked, edits: [{ ...first, request: cropped }] } : asked;
  const { input, terms } = opened;
  const live = await openLiveView(request, opened.model, session);
  const masks = await readHandMasks(request, opened, cropped, session);
  const subject = sheet === null ? "the edit" : "the edits";
  const checked = await asPhase(report, "prepare", () => planEdits(placed, opened, masks), subject);
  const ready = await readyAll(placed, checked, opened, session);
  const frames = frameCount(input, cropped);
  const prepared = checkMemory(opened, cropped, checked, frames);
  const { model } = prepared;
  const kept = cache && (await keptStates(cache, keptBytes(prepared, frames), report));
  const store = kept && untilDone(kept);
  announce(session, prepared, cropped);
  for (const [index, edit] of placed.edits.entries()) {
    announcePlan(report, checked[index]!, sheet === null ? undefined : titleOf(edit, placed));
    announceSettings(report, terms, checked[index]!);
  }
  announceNeeds(report, prepared, cropped, checked, frames);
  if (live) announceLive(report, live);
  warnOfWords(report, model, terms.prompt, ...checked.flatMap(targetsOf));
  const used = sheet === null ? usedEdit(cropped, prepared, checked[0]!) : usedEdits(request, prepared);
  report({ type: "settings", arguments: commandLineOf("edit", used) });

  const onEvent = withEstimate(report, model, worksOf(input.kind === "clip" ? terms.steps : 0, checked));
  const invertIt = () => inversionOf(prepared, cropped, { store }, session, onEvent);
  const needsFrames = sheet !== null || live !== null || looksAtSource(request) || checked.some(pastesSource);
  const { inverted, source } = await lookedAt(model, invertIt, needsFrames, session);
  const { inversion } = inverted;
  const inversionMade = input.kind === "clip" ? undefined : await inversionArguments(request.input);
  const making: Making = { prepared, inverted, live, store, onEvent, inversionMade };
  if (sheet !== null) {
    const made = await makeSeveral(ready, { ...placed, sheet }, request, making, source, session);
    // What failed goes on from its state when it is tried again.
    if (made.failed === 0) await store?.done();
    return { output: sheet, ...made };
  }
  const result = await makeEdit(ready[0]!, making, session);
  await store?.done();
  judgeResult(model, inversion, result, source, session);
  return { output: cropped.out, results: [], failed: 0 };
}
