import type { FieldValue } from "../fields/index.ts";
import { fault, type Read, value } from "./read.ts";

type Regions = FieldValue<"regions">;

/** A word, then a path (which may begin with a drive, or be in quotes) behind a `=`, then a text behind a `:`. */
const REGION = /^\s*([^=:]+?)\s*(?:=\s*("[^"]+"|(?:[a-z]:[/\\])?[^:"]+?)\s*)?:(.*)$/is;

/** Without the quotation marks around it, which a shell takes away and other callers leave. */
const bare = (text: string): string => /^"(.*)"$/s.exec(text.trim())?.[1] ?? text.trim();

/** `WORD:TEXT` or `WORD=MASK:TEXT`, added to those before. */
export function readRegion(text: string, before: Regions = []): Read<Regions> {
  const [, words, mask, target] = REGION.exec(text) ?? [];
  const prompt = bare(target ?? "");
  if (words === undefined || prompt === "") {
    return fault(
      'Write WORD:TEXT or WORD=MASK:TEXT, such as car=left.png:"a blue car"; a path with a colon in it stands in quotes.',
    );
  }
  return value([...before, { words, prompt, ...(mask === undefined ? {} : { mask: bare(mask) }) }]);
}

/** A path with a colon is put in quotes, and a text that is in quotes itself. */
export function writeRegions(regions: Regions): readonly string[] {
  const quoted = (text: string, isOdd: boolean): string => (isOdd ? `"${text}"` : text);
  return regions.map(({ words, prompt, mask }) => {
    const place = mask === undefined ? "" : `=${quoted(mask, /[:]/.test(mask))}`;
    return `${words}${place}:${quoted(prompt, /^\s*".*"\s*$/s.test(prompt))}`;
  });
}
