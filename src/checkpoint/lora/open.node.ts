import { access } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { parseJsonObject } from "../../json.ts";
import { readTextIfThere } from "../../read-text.node.ts";
import { openWeightFile } from "../files.node.ts";
import type { JsonObject } from "../types.ts";
import { type PeftConfig, peftConfig } from "./peft.ts";
import type { LoraFile } from "./with-lora.ts";

/** Where diffusers keeps peft's configuration in a `.safetensors` file's metadata. */
const METADATA = "lora_adapter_metadata";

function parseObject(text: string, what: string): JsonObject {
  const value = parseJsonObject(text);
  if (value) return value;
  throw new FateZeroError("checkpoint-corrupt", `${what} is not a JSON object.`, "Download the LoRA again.");
}

/** The configuration that belongs to a file: in its metadata, or beside it where peft itself wrote it. */
async function configOf(path: string, metadata: unknown): Promise<PeftConfig | null> {
  if (typeof metadata === "string") return peftConfig(parseObject(metadata, `${METADATA} in ${path}`), path);
  if (!/^adapter_model\.(safetensors|bin)$/.test(basename(path))) return null;
  const beside = join(dirname(path), "adapter_config.json");
  const text = await readTextIfThere(beside);
  return text === undefined ? null : peftConfig(parseObject(text, beside), beside);
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** `ink.safetensors:0,8` is no missing file but a scale that cannot be read. */
async function checkScale(path: string): Promise<void> {
  const at = path.lastIndexOf(":");
  const file = path.slice(0, Math.max(at, 0));
  if (at < 0 || (await isThere(path)) || !(await isThere(file))) return;
  throw new FateZeroError(
    "bad-lora",
    `"${path.slice(at + 1)}" is no scale for the LoRA "${file}".`,
    "Write FILE:SCALE, such as style.safetensors:0.8.",
  );
}

/** Opens a LoRA file, `.safetensors` or PyTorch; no weight is loaded. Throws FateZeroError on a damaged file. */
export async function openLora(path: string, scale = 1): Promise<LoraFile> {
  await checkScale(path);
  const { weights, facts } = await openWeightFile(path);
  const peft = await configOf(path, facts.get(METADATA));
  return { weights, label: path, scale, ...(peft ? { peft } : {}) };
}
