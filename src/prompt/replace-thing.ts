import { FateZeroError } from "../errors.ts";
import { readForRemoval } from "./reading/index.ts";
import { findWord, placesOf, segmentPrompt } from "./segments.ts";
import type { Tokenizer } from "./types.ts";

const list = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(", ");

/**
 * The sentence of a picture in which one thing is another: `text` put in the place of the thing that `name` names, with its
 * article and what describes it. A text that names other things of the source, too, is the whole sentence already.
 *
 * @throws FateZeroError `unknown-word`, `not-a-thing`
 * @example
 * const source = "a red car on a road under a blue sky";
 * await replaceThing(tokenizer, source, "car", "a blue car"); // "a blue car on a road under a blue sky"
 */
export async function replaceThing(
  tokenizer: Tokenizer,
  source: string,
  name: string,
  text: string,
): Promise<string> {
  const segments = segmentPrompt(tokenizer, source);
  const sentence = await readForRemoval(segments);
  const names = sentence.things.length > 0 ? `It names ${list(sentence.things)}.` : "It names no thing.";
  const found = findWord(tokenizer, segments, name);
  if (found.length === 0)
    throw new FateZeroError("unknown-word", `"${name}" is not in the source prompt "${source}".`, names);
  const [thing] = sentence.thingsAt(found.map((segment) => segments.indexOf(segment)));
  if (thing === undefined)
    throw new FateZeroError("not-a-thing", `"${name}" is no thing of its own in "${source}".`, names);
  const [from, to] = sentence.spanOf(thing);
  const own = segments.slice(from, to);
  const said = segmentPrompt(tokenizer, text);
  const others = sentence.things.filter(
    (other) => !findWord(tokenizer, own, other).some((word) => own.includes(word)),
  );
  if (others.some((other) => findWord(tokenizer, said, other).length > 0)) return text;
  const places = placesOf(source, segments);
  return `${source.slice(0, places[from]![0])}${text.trim()}${source.slice(places[to - 1]![1])}`;
}
