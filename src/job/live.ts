import { extname } from "node:path";
import { defined } from "../defined.ts";
import type { Inversion, LiveEvent, LiveOptions } from "../edit/index.ts";
import { drawSheet } from "../picture/index.ts";
import { loadVae } from "../pipeline/index.node.ts";
import { checkVae, type Model } from "../pipeline/index.ts";
import { defaultOf, type SeeingOptions } from "../request/index.ts";
import { say, the } from "../say.ts";
import { checkOutput, writeVideo } from "../video/index.node.ts";
import type { Frame } from "../video/index.ts";
import { asPhase } from "./as-phase.ts";
import { checkLiveEffects } from "./effects.ts";
import type { Report } from "./events.ts";
import type { Beside, Provenance } from "./provenance.ts";
import { reportDownload } from "./report-download.ts";
import type { Session } from "./session.ts";
import { usageError } from "./usage.ts";
import { checkWritable } from "./writable.ts";

/** Pictures of an edit while it is made: where they go, and what the library is told. */
export interface LiveView {
  readonly file: string;
  readonly options: LiveOptions;
}

const PICTURES = [".png", ".jpg", ".jpeg"];

/** Refuses, before any work, options without a picture, and one that cannot be written. */
export async function checkLiveView(request: SeeingOptions & { readonly input: string }): Promise<void> {
  const { live, input } = request;
  checkLiveEffects(request);
  if (live === undefined) return;
  if (!PICTURES.includes(extname(live).toLowerCase()))
    throw usageError(say`${the("live", live)} is no picture.`, 'Name a .png or .jpg, such as "live.png".');
  await checkOutput(live, { input });
  await checkWritable(live);
}

/** What a request wants to see on the way; null where that is nothing. Its VAE must have latents as the model's. */
export async function openLiveView(
  { live: file, liveEvery, liveVae }: SeeingOptions,
  model: Model,
  { report, signal }: Session,
): Promise<LiveView | null> {
  if (file === undefined) return null;
  const every = liveEvery ?? defaultOf("liveEvery", "edit");
  if (liveVae === undefined) return { file, options: { every } };
  const loading = { signal, onEvent: reportDownload(report) };
  const vae = await asPhase(report, "open", () => loadVae(liveVae, loading), liveVae);
  checkVae(model, vae);
  return { file, options: { every, vae } };
}

/** Tells where to look. */
export function announceLive(report: Report, { file, options }: LiveView): void {
  const by = options.vae ? `, decoded by ${options.vae.name}` : "";
  const how = options.every === 1 ? "after every step" : `after every ${options.every} steps`;
  report({ type: "fact", name: "live", text: `${file}, ${how}${by}` });
}

/** What stands in the picture beside what the edit will be. */
interface Shown {
  readonly inversion: Inversion;
  /** The clip's frames, where they are at hand. */
  readonly source: readonly Frame[] | null;
  readonly target: string;
  readonly made: (options: SeeingOptions, beside: Beside) => Provenance;
}

/** Writes a picture of the edit as it is now in place of the last one, whole, and tells it. */
export async function writeLive(
  { step, steps, shown, frames }: LiveEvent,
  { file, options }: LiveView,
  { inversion, source, target, made }: Shown,
  { report, signal }: Session,
): Promise<void> {
  const sheet = drawSheet({
    title: `After step ${step} of ${steps}`,
    columns: shown.map((f) => `frame ${f}`),
    rows: [
      ...(source ? [{ label: "source", note: inversion.prompt, frames: shown.map((f) => source[f]!) }] : []),
      { label: "edit", note: target, frames },
    ],
  });
  const asked = { live: file, liveEvery: options.every, ...defined({ liveVae: options.vae?.name }) };
  const metadata = made(asked, { what: `a live picture after step ${step} of ${steps}` });
  await writeVideo(file, [sheet], { fps: 1, signal, metadata });
  report({ type: "live", step, steps, file });
}
