import { access } from "node:fs/promises";
import { join } from "node:path";
import { openCheckpointFolder, weightsOfFile } from "../../src/checkpoint/index.node.ts";
import type { Checkpoint } from "../../src/checkpoint/index.ts";
import { createSchedule, type Schedule } from "../../src/diffusion/index.ts";
import { modelFromCheckpoint } from "../../src/pipeline/index.node.ts";
import { type MethodSettings, type Model, resolveMethod } from "../../src/pipeline/index.ts";
import {
  buildEditPlan,
  type EditPlan,
  type P2pSettings,
  planOptionsFromP2p,
} from "../../src/prompt/index.ts";
import { type CaseSettings, caseSettings } from "./settings.ts";
import { readStored, type Stored } from "./stored.ts";

/** A case laid out for its checks: what the reference stored, and our program set up the same way. */
export interface Bench {
  /** The folder that holds `models/` and `frames/`. */
  readonly root: string;
  readonly settings: CaseSettings;
  readonly stored: Stored;
  readonly model: Model;
  readonly method: MethodSettings;
  readonly schedule: Schedule;
  readonly p2p: P2pSettings;
  readonly plan: EditPlan;
  readonly guided: boolean;
}

/** The case's checkpoint; a companion file beside the case adds weights to its UNet. */
async function checkpointOf(root: string, model: string, caseFile: string): Promise<Checkpoint> {
  const checkpoint = await openCheckpointFolder(join(root, model), model);
  const companion = caseFile.replace(/\.safetensors$/, ".temporal.safetensors");
  const present = await access(companion).then(
    () => true,
    () => false,
  );
  if (!present) return checkpoint;
  const { unet } = checkpoint;
  const weights = new Map([...unet.weights, ...(await weightsOfFile(companion))]);
  return { ...checkpoint, unet: { ...unet, weights } };
}

/** Reads a case and opens its model. Throws on anything that makes the whole case impossible; close the model after. */
export async function openBench(root: string, caseFile: string): Promise<Bench> {
  const stored = await readStored(caseFile);
  const settings = caseSettings(stored.text("meta_json"));
  const { source, target, steps, guidance, attend, leastChannels } = settings;
  const p2p = planOptionsFromP2p(settings.p2p, { source, target, steps });
  const model = await modelFromCheckpoint(await checkpointOf(root, settings.model, caseFile));
  const method = resolveMethod(model, {
    compat: "fatezero",
    leastChannels,
    ...(attend ? { attend } : {}),
  });
  return {
    root,
    settings,
    stored,
    model,
    method,
    schedule: createSchedule(model.checkpoint.scheduler, steps, "fatezero"),
    p2p,
    plan: buildEditPlan(model.tokenizer, p2p.options),
    guided: guidance > 1,
  };
}
