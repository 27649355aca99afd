import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FateZeroError } from "../errors.ts";
import { readSafetensorsHeader } from "../files/index.ts";
import { isJsonObject, parseJsonObject, parseJsonTexts, shownJson } from "../json.ts";
import { MAX_PROVENANCE_CHARACTERS } from "../limits.ts";
import { printableMessage } from "../printable.ts";
import { readMetadata } from "../video/index.node.ts";
import { namesInversion } from "./input.ts";
import { OVERVIEW } from "./maps-folder.ts";
import { quoteArgument } from "./quote.ts";
import { SHEET_NAME } from "./run/outputs.ts";

type Texts = Readonly<Record<string, string>>;

/** What a file says of how it was made; null where it does not. */
export interface Shown {
  readonly file: string;
  /** What it is that is no result, in words. */
  readonly what: string | null;
  readonly program: string | null;
  readonly model: string | null;
  readonly fingerprint: string | null;
  /** The prompt that describes the source. */
  readonly source: string | null;
  /** Steps of a saved inversion whose command line is not in it. */
  readonly steps: number | null;
  /** The command line that makes it again, without the program's name. */
  readonly arguments: readonly string[] | null;
  /** That of the saved inversion that was edited. */
  readonly inversion: readonly string[] | null;
}

const argumentsIn = (json: string | undefined): readonly string[] | null => parseJsonTexts(json ?? "");

/** The command line that makes `file`: a run and maps make a folder of several files, this one among them. */
function wholeLine(list: readonly string[], file: string, output: string | undefined): readonly string[] {
  const isOneOfMany = list[0] === "run" || list[0] === "maps";
  return [...list, "-o", output ?? (isOneOfMany ? dirname(file) : file)];
}

/** Pictures that speak for their folder. */
const SPEAKERS = [OVERVIEW, SHEET_NAME];

/** The file that tells of `path`, and what it tells: of a model its network, of a folder its frames, else a picture of all of it. */
async function textsOf(path: string): Promise<{ readonly file: string; readonly texts: Texts | null }> {
  const isFolder = (await stat(path).catch(() => null))?.isDirectory() ?? false;
  if (!isFolder) {
    const texts = namesInversion(path)
      ? (await readSafetensorsHeader(path)).metadata
      : await readMetadata(path);
    return { file: path, texts };
  }
  const network = join(path, "unet", "diffusion_pytorch_model.safetensors");
  if (await stat(network).catch(() => null))
    return { file: path, texts: (await readSafetensorsHeader(network)).metadata };
  const own = await readMetadata(path);
  if (own) return { file: /[\\/]$/.test(path) ? path : `${path}/`, texts: own };
  for (const file of SPEAKERS.map((name) => join(path, name)))
    if (await stat(file).catch(() => null)) return { file, texts: await readMetadata(file) };
  return { file: path, texts: null };
}

/** What an inversion tells that the library wrote: no command line made it. */
function describedBy(json: string | undefined): Partial<Shown> {
  const { model, prompt, steps, program } = parseJsonObject(json ?? "") ?? {};
  const { name, fingerprint } = isJsonObject(model) ? model : {};
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return {
    ...{ what: "an inversion", program: text(program) && `fatezero ${program}`, source: text(prompt) },
    ...{ model: text(name), fingerprint: text(fingerprint), steps: typeof steps === "number" ? steps : null },
  };
}

/**
 * Reads what a file, or a folder of frames, maps or results, says of how it was made. Throws FateZeroError
 * `no-provenance` for those of other programs.
 */
async function shownOf(path: string): Promise<Shown> {
  const { file, texts } = await textsOf(path);
  const { program, model, fingerprint, source, source_prompt, what, output, fatezero_inversion } =
    texts ?? {};
  const long = Object.entries(texts ?? {}).find(([, text]) => text.length > MAX_PROVENANCE_CHARACTERS);
  if (long) {
    throw new FateZeroError(
      "no-provenance",
      `"${path}" says more of how it was made than this program writes: ${shownJson(long[0])} has ${long[1].length} characters, more than ${MAX_PROVENANCE_CHARACTERS}.`,
      "Only files that fatezero wrote say how they were made.",
    );
  }
  const list = argumentsIn(texts?.arguments);
  if (list === null && fatezero_inversion === undefined) {
    throw new FateZeroError(
      "no-provenance",
      `"${path}" does not say how it was made.`,
      "Only files that fatezero wrote do, and other programs drop it when they change them.",
    );
  }
  const inverted = argumentsIn(texts?.inversion);
  return {
    file: path,
    what: what ?? null,
    program: program ?? null,
    model: fingerprint === undefined ? null : (model ?? null),
    fingerprint: fingerprint ?? null,
    source: source ?? source_prompt ?? null,
    steps: null,
    ...(fatezero_inversion === undefined ? {} : describedBy(fatezero_inversion)),
    arguments: list && wholeLine(list, file, output),
    // The edit's input is the inversion that the other command line wrote.
    inversion: inverted && wholeLine(inverted, list?.[1] ?? "", undefined),
  };
}

/** The whole as a shell script: what is known as comments, then the command lines. */
function scriptOf({
  what,
  program,
  model,
  fingerprint,
  source,
  steps,
  arguments: own,
  inversion,
}: Shown): string {
  const notes = [
    what && (steps === null ? what : `${what} in ${steps} steps`),
    program && `made by ${program}`,
    model && `model ${model} (${fingerprint})`,
    source && `source prompt "${source}"`,
  ].filter((note) => note !== null);
  const line = (list: readonly string[] | null): string[] =>
    list ? [["fatezero", ...list].map(quoteArgument).join(" ")] : [];
  return [
    ...notes.map((note) => `# ${printableMessage(note.replaceAll("\n", " "))}`),
    ...line(inversion),
    ...line(own),
  ].join("\n");
}

/** `fatezero show`: how a file was made, as a shell script that makes it again and as data. */
export async function showCommand(file: string): Promise<{ readonly text: string; readonly data: Shown }> {
  const shown = await shownOf(file);
  return { text: scriptOf(shown), data: shown };
}
