import { loadModel } from "../../pipeline/index.node.ts";
import { decodeFrames, encodeFrames, type Model } from "../../pipeline/index.ts";
import type { EvalRequest } from "../../request/index.ts";
import { say, type Text, the } from "../../say.ts";
import type { Frame } from "../../video/index.ts";
import { asPhase } from "../as-phase.ts";
import { reportDownload } from "../report-download.ts";
import type { Session } from "../session.ts";

/** The model that the request names; null where it names none. */
export async function openNamedModel({ model: name }: EvalRequest, session: Session): Promise<Model | null> {
  if (name === undefined) return null;
  const { signal, report } = session;
  const load = session.loadModel ?? loadModel;
  const model = await asPhase(
    report,
    "open",
    () => load(name, { signal, onEvent: reportDownload(report) }),
    name,
  );
  if (!session.loadModel) session.defer(() => model.close());
  return model;
}

/** The source as the VAE of a model gives it back; null where no model was named, or its size does not go. */
export async function boundOf(
  model: Model | null,
  source: readonly Frame[],
  { report, signal }: Session,
  notes: Text[],
): Promise<readonly Frame[] | null> {
  if (model === null) {
    notes.push(say`What the model's VAE costs is not told: no ${the("model")} was named.`);
    return null;
  }
  const { width, height } = source[0]!;
  if (width % model.vae.downscale !== 0 || height % model.vae.downscale !== 0) {
    notes.push(
      `What the model's VAE costs is not told: it takes sides that are multiples of ${model.vae.downscale}, and the edit has ${width}x${height} pixels.`,
    );
    return null;
  }
  const around = async (): Promise<readonly Frame[]> => {
    const latents = await encodeFrames(model, source, { signal });
    return await decodeFrames(model, latents, { signal });
  };
  return asPhase(report, "check", around, "the VAE");
}
