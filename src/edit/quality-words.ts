import { FateZeroError } from "../errors.ts";
import { say, the } from "../say.ts";

/** What an enhancement adds to the end of a prompt, as captions of good pictures have it (docs/removal.md). */
const QUALITY_WORDS = ["highly detailed", "sharp focus", "high quality"] as const;

/** Words of a text, lower case. */
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}-]+/gu) ?? [];

/**
 * A prompt with quality words at its end, those that it has not yet. Of a model that lists its words (`words` of its
 * fatezero.json) only those that it knows. Throws FateZeroError `no-quality-words` where none is left.
 */
export function withQuality(prompt: string, known: readonly string[] | null): string {
  const has = prompt.toLowerCase();
  const taught = QUALITY_WORDS.filter(
    (phrase) => known === null || wordsOf(phrase).every((word) => known.includes(word)),
  );
  const added = taught.filter((phrase) => !has.includes(phrase));
  if (added.length > 0) return [prompt.trim().replace(/[\s.,;]+$/, ""), ...added].join(", ");
  const list = QUALITY_WORDS.map((phrase) => `"${phrase}"`).join(", ");
  throw new FateZeroError(
    "no-quality-words",
    taught.length === 0
      ? `The model was taught none of the quality words ${list}, so that it has nothing to enhance with.`
      : `The prompt "${prompt}" has all quality words already.`,
    say`Say with ${the("target")} what the result should show, or take another ${the("model")}.`,
  );
}
