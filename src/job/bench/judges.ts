import { defined } from "../../defined.ts";
import { embeddedModels, type LoadOptions, loadClip, loadModel } from "../../pipeline/index.node.ts";
import type { Model } from "../../pipeline/index.ts";
import type { Table1Request } from "../../request/index.ts";
import { DEFAULT_MODEL, memoryOf } from "../open-model.ts";
import { reportDownload } from "../report-download.ts";
import type { Session } from "../session.ts";
import type { Judges } from "./measure-cell.ts";

/** A session whose jobs share the models that they open, until it ends. */
export function sharedModels(session: Session): Session {
  const open = new Map<string, Promise<Model>>();
  return {
    ...session,
    loadModel(name, options: LoadOptions = {}) {
      const { signal: _, onEvent: __, ...rest } = options;
      const key = JSON.stringify([name, rest]);
      const known = open.get(key);
      if (known) return known;
      const loading = loadModel(name, options);
      open.set(key, loading);
      session.defer(async () => (await loading.catch(() => null))?.close());
      return loading;
    },
  };
}

/** Opens what results are measured with: the model, for what its VAE costs, and the CLIP that was named or lies beside it. */
export async function openJudges(request: Table1Request, session: Session): Promise<Judges> {
  const {
    model: name = DEFAULT_MODEL,
    clip: named,
    lora,
    vae,
    variant,
    lowMemory,
    device,
    precision,
  } = request;
  const { signal, report, defer } = session;
  const onEvent = reportDownload(report);
  const load = session.loadModel ?? loadModel;
  const how = { ...memoryOf({ lowMemory }), ...defined({ lora, vae, variant, device, precision }) };
  const model = await load(name, { signal, onEvent, ...how });
  const scorer = named ?? (embeddedModels().has(name) ? name : undefined);
  const clip =
    scorer === undefined ? null : await loadClip(scorer, { signal, onEvent, ...defined({ device }) });
  if (clip) defer(() => clip.close());
  return { model, clip, flows: new Map() };
}
