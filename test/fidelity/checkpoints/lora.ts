import { join } from "node:path";
import { openCheckpoint } from "../../../src/pipeline/index.node.ts";
import type { Engine } from "../../../src/runtime/index.ts";
import { MARKS } from "../marks.ts";
import { gauge, type Row } from "../rows.ts";
import type { Stored } from "../stored.ts";
import { computeWith } from "./compute.ts";

const FILES = [
  { name: "lora-kohya", scale: 0.7 },
  { name: "lora-peft", scale: 1 },
] as const;

/** LoRA files on sd1 against diffusers with the same files. */
export async function checkLora(root: string, stored: Stored, engine: Engine): Promise<Row[]> {
  const at = (name: string) => stored.get(name);
  const rows: Row[] = [];
  for (const { name, scale } of FILES) {
    const key = `${name}@${scale}`;
    const lora = [{ path: join(root, `${name}.safetensors`), scale }];
    const computed = computeWith(engine, await openCheckpoint(join(root, "sd1"), { lora }));
    const text = gauge(`${key} text states`, "file");
    const unet = gauge(`${key} UNet`, "file");
    const states = await computed.text(at("sd1/ids"));
    text.add(states, at(`${key}/text`), MARKS.textStates);
    const out = await computed.unet(at("sd1/x"), at("sd1/t"), at(`${key}/text`));
    unet.add(out, at(`${key}/out`), MARKS.inversionEpsilon);
    rows.push(...text.rows(), ...unet.rows());
  }
  return rows;
}
