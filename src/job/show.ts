import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FateZeroError } from "../errors.ts";
import { readSafetensorsHeader } from "../files/index.ts";
import { readMetadata } from "../video/index.node.ts";
import { namesInversion } from "./input.ts";

type Texts = Readonly<Record<string, string>>;

/** An argument as a POSIX shell reads it. */
export function quoteArgument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The arguments that a file carries, null where they are none. */
function argumentsIn(json: string | undefined): string[] | null {
  if (json === undefined) return null;
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return null;
  }
  return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : null;
}

/** The command line that makes `output`; a run of a config makes a folder of results, this one among them. */
function commandLine(list: readonly string[], output: string): string {
  const made = list[0] === "run" ? dirname(output) : output;
  return ["fatezero", ...list, "-o", made].map(quoteArgument).join(" ");
}

/** The description that an inversion carries, for files whose command line is not in them (written by the library). */
function describeInversion(json: string | undefined): string[] {
  if (json === undefined) return [];
  const { model, prompt, steps, program } = JSON.parse(json) as {
    readonly model?: { readonly name?: string; readonly fingerprint?: string };
    readonly prompt?: string;
    readonly steps?: number;
    readonly program?: string;
  };
  return [
    `an inversion in ${steps} steps by fatezero ${program}`,
    `model ${model?.name} (${model?.fingerprint})`,
    `source prompt "${prompt}"`,
  ];
}

async function textsOf(file: string, isFolder: boolean): Promise<Texts | null> {
  if (!isFolder && namesInversion(file)) return (await readSafetensorsHeader(file)).metadata;
  return await readMetadata(file);
}

/**
 * `fatezero show`: what a file says of how it was made, as comments, and the command line that makes it again. The whole
 * is a shell script. Throws FateZeroError `no-provenance` for files of other programs.
 */
export async function showCommand(file: string): Promise<string> {
  const isFolder = (await stat(file).catch(() => null))?.isDirectory() ?? false;
  const texts = await textsOf(file, isFolder);
  const list = argumentsIn(texts?.arguments);
  const line = list && commandLine(list, isFolder && !/[\\/]$/.test(file) ? `${file}/` : file);
  const inversion = describeInversion(texts?.fatezero_inversion);
  if (line === null && inversion.length === 0) {
    throw new FateZeroError(
      "no-provenance",
      `"${file}" does not say how it was made.`,
      "Only files that fatezero wrote do, and other programs drop it when they change them.",
    );
  }
  const made = texts?.program ? [`made by ${texts.program}`] : [];
  const model = texts?.model ? [`model ${texts.model} (${texts.fingerprint})`] : [];
  const notes = inversion.length > 0 ? inversion : [...made, ...model, `source prompt "${texts?.source}"`];
  const inversionList = argumentsIn(texts?.inversion);
  // The edit's input is the inversion that the other command line wrote.
  const inverted = inversionList && commandLine(inversionList, list?.[1] ?? "");
  return [
    ...notes.map((note) => `# ${note.replaceAll("\n", " ")}`),
    ...(inverted ? [inverted] : []),
    ...(line ? [line] : []),
  ].join("\n");
}
