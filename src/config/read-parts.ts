import type { ModelParts } from "../checkpoint/index.ts";
import { defined } from "../defined.ts";
import type { ConfigReader } from "./reader.ts";

/** A file that is added to a model, and the number or word that goes with it. */
interface AddedFile {
  readonly path: string;
  readonly extra: unknown;
}

/** A list of files, each a path or a mapping with the path and one field more. */
function filesOf(
  reader: ConfigReader,
  name: string,
  field: "scale" | "word",
  type: "number" | "string",
): readonly AddedFile[] | undefined {
  const list = reader.plain(name);
  if (list === undefined || list === null) return undefined;
  if (!Array.isArray(list)) throw reader.wrong(name, "a list of files");
  return list.map((entry: unknown, index) => {
    const file = typeof entry === "string" ? { path: entry } : { ...(entry as object | null) };
    const { path, [field]: extra, ...rest } = file as Readonly<Record<string, unknown>>;
    const isField = extra === undefined || typeof extra === type;
    if (typeof path === "string" && isField && Object.keys(rest).length === 0) return { path, extra };
    throw reader.wrong(`${name}.${index}`, `the path of a file, or a mapping with path and ${field}`);
  });
}

function choiceOf<T extends string>(
  reader: ConfigReader,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = reader.text(name);
  const choice = choices.find((known) => known === text);
  if (text !== undefined && choice === undefined) throw reader.wrong(name, choices.join(" or "));
  return choice;
}

/** Reads what `fatezero` adds to the model; undefined where that is nothing. Throws FateZeroError `config-value`. */
export function readParts(reader: ConfigReader): ModelParts | undefined {
  const lora = filesOf(reader, "fatezero.lora", "scale", "number");
  const embeddings = filesOf(reader, "fatezero.embeddings", "word", "string");
  const parts: ModelParts = defined({
    variant: choiceOf(reader, "fatezero.variant", ["fp16"]),
    vae: reader.text("fatezero.vae"),
    lora: lora?.map(({ path, extra }) => (typeof extra === "number" ? { path, scale: extra } : { path })),
    embeddings: embeddings?.map(({ path, extra }) =>
      typeof extra === "string" ? { path, word: extra } : { path },
    ),
    prediction: choiceOf(reader, "fatezero.prediction", ["epsilon", "v_prediction"]),
    ema: reader.flag("fatezero.ema"),
  });
  return Object.keys(parts).length > 0 ? parts : undefined;
}
