import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FateZeroError } from "../../errors.ts";
import { isJsonObject, readJsonObject } from "../../json.ts";
import { MAX_CONFIG_VALUES, MAX_NESTING } from "../../limits.ts";
import { readText } from "../../read-text.node.ts";
import { readYaml } from "../../yaml.ts";

/** One edit of one clip, which every method makes. */
export interface BenchEdit {
  /** Names of the clip and of its edit: folders of the results. */
  readonly clip: string;
  readonly edit: string;
  /** What is known of it beside the sentences: "attribute", "shape", "background", "style". */
  readonly kind: string | null;
  /** A folder of frames, or a video. */
  readonly input: string;
  /** Every n-th frame is taken. */
  readonly stride: number;
  readonly source: string;
  readonly target: string;
  /** Folders of masks of the object, before and after the perfect edit, where there are any. */
  readonly masks: readonly string[];
  /** A folder of what the perfect edit shows. */
  readonly truth: string | null;
}

/** What is compared, and what of the files is none of it. */
export interface BenchClips {
  readonly edits: readonly BenchEdit[];
  readonly leftOut: readonly string[];
}

const CLIP_FILE = "clip.json";

function bad(file: string, what: string): FateZeroError {
  return new FateZeroError(
    "bench-clips",
    `"${file}" ${what}.`,
    'A clip is a folder with its frames in source/ and a clip.json, {"prompt": …, "edits": [{"id": …, "prompt": …}]}; or clips lie in folders that a YAML file of prompts names, name: {source: …, target: …}.',
  );
}

const isFolder = async (path: string): Promise<boolean> =>
  stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );

const exists = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** A name that is a folder of the results; reserved ones are no methods' either. */
function folderName(file: string, value: unknown, place: string): string {
  if (typeof value === "string" && /^[\p{L}\p{N}_][\p{L}\p{N}_. -]*$/u.test(value) && !value.endsWith("."))
    return value;
  throw bad(file, `has no plain name at ${place}: letters, digits, "-", "_" and "."`);
}

function sentence(file: string, value: unknown, place: string): string {
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  throw bad(file, `has no sentence at ${place}`);
}

async function textOf(file: string): Promise<string> {
  return readText(file, (cause) =>
    bad(file, cause.code === "ENOENT" || cause.code === "ENOTDIR" ? "does not exist" : "cannot be read"),
  );
}

/** The edits of a clip's folder: `clip.json`, `source/`, `mask/`, and for each edit `<id>/frames/` and `<id>/mask/`. */
async function editsOfClip(folder: string): Promise<BenchClips> {
  const file = join(folder, CLIP_FILE);
  const read = readJsonObject(await textOf(file));
  if (read.fault !== null) throw bad(file, read.fault);
  const { prompt, edits } = read.value;
  const source = sentence(file, prompt, "prompt");
  if (!Array.isArray(edits)) throw bad(file, "has no list at edits");
  const input = join(folder, "source");
  if (!(await isFolder(input))) throw bad(folder, "has no folder source/ with the clip's frames");
  const clip = folderName(file, basename(resolve(folder)), "its folder");
  const there = async (path: string): Promise<string[]> => ((await isFolder(path)) ? [path] : []);
  const found: BenchEdit[] = [];
  const leftOut: string[] = [];
  for (const [i, entry] of edits.entries()) {
    if (!isJsonObject(entry)) throw bad(file, `has no object at edits.${i}`);
    const edit = folderName(file, entry.id, `edits.${i}.id`);
    // One sentence for each region of the picture, which no method here takes.
    if (entry.prompt === undefined && entry.regions !== undefined) {
      leftOut.push(`${clip} ${edit}: it is edited region by region`);
      continue;
    }
    const own = join(folder, edit);
    const truth = await there(join(own, "frames"));
    found.push({
      ...{ clip, edit, input, stride: 1, source },
      kind: typeof entry.kind === "string" ? entry.kind : null,
      target: sentence(file, entry.prompt, `edits.${i}.prompt`),
      masks: [...(await there(join(folder, "mask"))), ...(await there(join(own, "mask")))],
      truth: truth[0] ?? null,
    });
  }
  return { edits: found, leftOut };
}

/** All clips of a folder of clips, or the one whose folder it is. */
async function editsOfClips(folder: string): Promise<BenchClips> {
  if (!(await isFolder(folder))) throw bad(folder, "is no folder");
  if (await exists(join(folder, CLIP_FILE))) return editsOfClip(folder);
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => name)
    .sort();
  const all: BenchClips[] = [];
  for (const name of names)
    if (await exists(join(folder, name, CLIP_FILE))) all.push(await editsOfClip(join(folder, name)));
  return { edits: all.flatMap(({ edits }) => edits), leftOut: all.flatMap((clips) => clips.leftOut) };
}

/**
 * The clips of a file as the authors' `CLIP/bench_clean_prompt.yaml`: by name the sentences, whose frames lie in the folder of
 * that name, or at `path`; `sampling_rate` is a stride.
 */
async function editsOfPrompts(prompts: string, folder: string): Promise<BenchClips> {
  const read = readYaml(await textOf(prompts), { nesting: MAX_NESTING, values: MAX_CONFIG_VALUES });
  if (read.fault !== null) throw bad(prompts, read.fault);
  const [fault] = read.document.errors;
  if (fault) throw bad(prompts, `is no YAML: ${fault.message.split("\n")[0]}`);
  const content: unknown = read.document.toJS();
  if (!isJsonObject(content)) throw bad(prompts, "holds no clips by name");
  const edits: BenchEdit[] = [];
  for (const [name, entry] of Object.entries(content)) {
    if (!isJsonObject(entry)) throw bad(prompts, `has no source and target at ${name}`);
    const { path, sampling_rate: stride = 1 } = entry;
    if (!Number.isInteger(stride) || (stride as number) < 1)
      throw bad(prompts, `has no whole number from 1 on at ${name}.sampling_rate`);
    const named = typeof path === "string" ? [path, join(dirname(prompts), path), join(folder, path)] : [];
    const places = [join(folder, name), ...named];
    const input = await firstThat(exists, places);
    if (input === null) throw bad(prompts, `names ${name}, of which there is no "${places[0]}"`);
    edits.push({
      ...{ clip: folderName(prompts, name, "a name"), edit: "edit", kind: null, input },
      stride: stride as number,
      source: sentence(prompts, entry.source, `${name}.source`),
      target: sentence(prompts, entry.target, `${name}.target`),
      ...{ masks: [], truth: null },
    });
  }
  return { edits, leftOut: [] };
}

async function firstThat<T>(holds: (value: T) => Promise<boolean>, values: readonly T[]): Promise<T | null> {
  for (const value of values) if (await holds(value)) return value;
  return null;
}

/**
 * Finds what is to be compared: clips with their `clip.json` in a folder, or with `prompts` the authors' layout.
 *
 * @throws FateZeroError `bench-clips`, naming the file and the place
 */
export async function findClips(folder: string, prompts: string | undefined): Promise<BenchClips> {
  const clips = prompts === undefined ? await editsOfClips(folder) : await editsOfPrompts(prompts, folder);
  if (clips.edits.length === 0) throw bad(prompts ?? folder, "holds no clip with an edit");
  const names = clips.edits.map(({ clip, edit }) => `${clip}/${edit}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw bad(prompts ?? folder, `has ${twice} twice`);
  return clips;
}
