import { readFile } from "node:fs/promises";
import { parse } from "yaml";

/** `parameterization` of the original code's config file beside a checkpoint (`model.yaml` beside `model.ckpt`), if any. */
export async function parameterizationBeside(file: string): Promise<string | undefined> {
  const beside = file.replace(/\.[^./\\]+$/, ".yaml");
  if (beside === file) return undefined;
  const text = await readFile(beside, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = parse(text)?.model?.params?.parameterization;
    return typeof value === "string" ? value : undefined;
  } catch {
    // Another program's file that is no YAML says nothing about the model.
    return undefined;
  }
}
