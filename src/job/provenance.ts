import type { Inversion } from "../edit/index.ts";
import { readSafetensorsHeader } from "../files/index.ts";
import { type RequestKind, type Requests, toArguments } from "../request/index.ts";
import { version } from "../version.node.ts";

/** How a file was made, as it stands in the file: text by name. `arguments` is the command line without its output, as a JSON list. */
export type Provenance = Readonly<Record<string, string>>;

/** What a file is that is no result, and the path of the result that was written beside it, if there was one. */
export interface Beside {
  readonly what: string;
  readonly output?: string;
}

/**
 * What is written into a file beside its content. The output is left out: the file that carries the request is that, and
 * equal results are equal files.
 */
export function provenanceOf<K extends RequestKind>(
  kind: K,
  request: Partial<Requests[K]>,
  model: Pick<Inversion["model"], "name" | "fingerprint">,
  source: string,
  beside?: Beside,
): Provenance {
  const made = [kind, ...toArguments(kind, request, (key) => key !== "out")];
  return {
    program: `fatezero ${version()}`,
    arguments: JSON.stringify(made),
    model: model.name,
    fingerprint: model.fingerprint,
    source,
    ...beside,
  };
}

/** The command line that made a saved inversion, where its file tells. */
export async function inversionArguments(file: string): Promise<string | undefined> {
  const { metadata } = await readSafetensorsHeader(file);
  return metadata.arguments;
}
