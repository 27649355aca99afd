import { isMedium } from "./categories.ts";
import { numberOf } from "./forms.ts";
import type { Tag } from "./tagger.ts";
import type { Part, Unit } from "./units.ts";

/** A run of words that may be nouns or verbs, and what stands around it. */
export interface Run {
  readonly units: readonly Unit[];
  readonly parts: readonly Part[];
  readonly tags: readonly Tag[];
  readonly from: number;
  /** One past its last word. */
  readonly to: number;
}

/** What has to speak for a word until it is taken for the verb. */
const BELIEVED = 2;

/** Plurals that do describe the noun behind them: "a sports car". */
const DESCRIBING_PLURALS = new Set("sports arts jeans news sales".split(" "));

/**
 * The verb of a run, −1 if it has none. Taggers take "skids" for a noun; here subject and verb have to agree ("a van | skids", "old
 * engines | rattle"), and what follows counts: a noun is not followed by an article.
 */
export function findVerb(run: Run): number {
  const { parts, tags, from, to } = run;
  const opener = parts[from - 1];
  // The subject is no noun, or stands before an adverb.
  const follows =
    opener === "pronoun" || opener === "opener" || (opener === "adverb" && isNoun(parts[from - 2]));
  if (follows && tags[from] === "verb") return from;
  const participle = parts.findIndex((part, k) => k >= from && k < to && part === "participle");
  let best = -1;
  let most = 0;
  for (let v = from; v < to; v++) {
    const score = v === from ? 0 : verbScore(run, v);
    if (score >= BELIEVED && score > most) {
      most = score;
      best = v;
    }
  }
  if (best !== -1) return best;
  // "a forest filled with trees", "a girl dressed in red"
  if (participle > from || (participle === from && opener !== "determiner")) return participle;
  return -1;
}

const isNoun = (part: Part | undefined): boolean => part === "noun" || part === "name";

const ONE = new Set(["a", "an", "one", "another", "each"]);

function verbScore({ units, parts, tags, from, to }: Run, v: number): number {
  const before = parts[v - 1]!;
  const opener = parts[from - 1];
  const determiner = opener === "determiner" || opener === "quantity" ? units[from - 1]!.text : null;
  const one = determiner !== null && ONE.has(determiner);
  const word = units[v]!.text;
  const subject = units[v - 1]!.text;
  const inPhrase = opener === "preposition" || (determiner !== null && parts[from - 2] === "preposition");
  // "a family of bears eats": the subject stands before the "of".
  const ofPhrase = opener === "preposition" && units[from - 1]!.text === "of" && tags[v] === "verb";
  const number = ofPhrase ? "either" : one ? "one" : opener === "quantity" ? "many" : numberOf(subject);
  const isLast = v === to - 1;
  // What stands behind an adjective is its noun, unless the article forbids it: "a motorcyclist rides", where the tagger errs.
  const forbidden = one && isLast && numberOf(word) === "many";
  if ((before === "describing" && !forbidden) || (parts[v] !== "noun" && parts[v] !== "verb")) return 0;
  const after = parts[to];
  const inS = numberOf(word) === "many" || /[^s]s$/.test(word);

  const someVerb = tags.slice(from, to).includes("verb");
  let score = tags[v] === "verb" ? 1.5 : someVerb ? 0 : -1.5;
  if (number === "many") score += inS || DESCRIBING_PLURALS.has(subject) ? -3 : 2.5;
  if (number === "one") score += inS ? 1.5 : -3;
  if (number === "either") score += 1.5;
  // "cowboys herd cattle": a bare plural does not describe.
  if (number === "many" && numberOf(subject) === "many" && !isLast) score += 2;
  // A bare noun of one thing ("city") is hardly a subject; a name or a person is.
  if (determiner === null && number === "one" && before === "noun" && tags[v - 1] !== "person") score -= 1.5;
  // "a girl plays drums": what has the article of one is no plural. Nor does one noun behind it end in -s.
  if (one && numberOf(subject) === "many") score -= 2;
  if (one && numberOf(word) === "many" && !DESCRIBING_PLURALS.has(word)) score += isLast ? 2 : 3;
  if (!isLast) score -= tags[v] === "verb" ? 0 : 1;
  else if (after === "determiner" || after === "pronoun" || after === "quantity") score += 3;
  else if (after === "gerund") score += 2;
  else if (after === "preposition" || after === "adverb") score += 1;
  else score += 0.5;
  // "birds eye view"
  if (isMedium(units[to - 1]!.text)) score -= 3;
  // Behind a comma stand rather a few words more ("fall colors") than a clause.
  if (opener === "mark" && number !== "many") score -= 1;
  // Inside a phrase of its own ("with city lights") a bare noun is no subject.
  if (inPhrase && determiner === null && !ofPhrase) score -= 3;
  return score;
}
