import { findVerb } from "./find-verb.ts";
import type { Tag, Tagger } from "./tagger.ts";
import type { Part, Unit } from "./units.ts";
import {
  AUXILIARIES,
  CLAUSE_OPENERS,
  CONJUNCTIONS,
  DETERMINERS,
  isPreposition,
  PLACE_ADVERBS,
  PREPOSITIONAL_PHRASES,
  PRONOUNS,
  QUANTITIES,
  showsNothing,
} from "./words.ts";

/** A unit with its part of speech; units of one preposition ("in front of") share it and its text. */
export interface Word extends Unit {
  readonly part: Part;
  /** The whole preposition that a unit belongs to. */
  readonly preposition: string | null;
}

/** Words in -ing that are things; a tagger takes them for verbs. */
const THINGS_IN_ING = new Set(
  "building painting drawing ring king wing string spring ceiling clothing wedding railing thing lightning crossing earring awning icing morning evening sibling pudding sterling lighting setting shading rendering engraving etching carving stocking".split(
    " ",
  ),
);

const OPEN: ReadonlySet<Part> = new Set(["noun", "name", "describing", "verb", "participle"]);
const isNominal = (part: Part | undefined): boolean =>
  part === "noun" || part === "name" || part === "describing" || part === "quantity";

/** Gives every unit of a sentence its part of speech: closed classes by their lists, the rest by the tagger and its place. */
export function readParts(units: readonly Unit[], tagger: Tagger): Word[] {
  const prepositions = findPrepositions(units);
  const tags = tagger(
    units.map(({ text, written, isWord }) => (text === "&" ? "and" : isWord ? written : ",")),
  );
  const names = capitalMeansName(units);
  const parts = units.map((unit, i): Part => {
    if (!unit.isWord) return "mark";
    return prepositions[i] !== null
      ? "preposition"
      : partOf(unit, tags[i] ?? "noun", names && (i > 0 || startsName(units, tags)));
  });
  settleCan(units, parts);
  settleIng(units, parts);
  settleParticiples(parts);
  settleVerbs(units, parts, tags);
  return units.map((unit, i) => ({ ...unit, part: parts[i]!, preposition: prepositions[i]! }));
}

/** Whether a capital letter marks a name: not where all words that say something have one ("A Red Car On A Road"). */
function capitalMeansName(units: readonly Unit[]): boolean {
  const telling = units.filter(({ isWord, text }) => isWord && !showsNothing(text)).slice(1);
  return telling.length < 3 || !telling.every(({ written }) => isCapital(written));
}

/** The first word has a capital anyway: it is a name where the tagger says so and the next one has a capital, too. */
const startsName = (units: readonly Unit[], tags: readonly Tag[]): boolean =>
  tags[0] === "name" && isCapital(units[1]?.written ?? "");

const isCapital = (written: string): boolean => /^\p{Lu}/u.test(written);

function findPrepositions(units: readonly Unit[]): (string | null)[] {
  const found = new Array<string | null>(units.length).fill(null);
  for (let i = 0; i < units.length; i++) {
    if (found[i] !== null || !units[i]!.isWord) continue;
    const phrase = PREPOSITIONAL_PHRASES.find((words) =>
      words.every((word, k) => units[i + k]?.text === word),
    );
    if (phrase) found.fill(phrase.join(" "), i, i + phrase.length);
    else if (isPreposition(units[i]!.text) && !(units[i]!.text === "up" && units[i - 1]?.text === "close"))
      found[i] = units[i]!.text;
  }
  return found;
}

function partOf({ text, written }: Unit, tag: Tag, nameable: boolean): Part {
  if (DETERMINERS.has(text) || text.endsWith("'s") || text.endsWith("s'")) {
    if (text !== "it's" && text !== "there's") return DETERMINERS.has(text) ? "determiner" : "describing";
  }
  if (QUANTITIES.has(text) || /^\d+$/.test(text)) return "quantity";
  if (CONJUNCTIONS.has(text)) return "conjunction";
  if (PRONOUNS.has(text)) return "pronoun";
  if (AUXILIARIES.has(text)) return "auxiliary";
  if (CLAUSE_OPENERS.has(text)) return "opener";
  if (PLACE_ADVERBS.has(text)) return "adverb";
  if (nameable && isCapital(written)) return "name";
  if (/^(rain|snow|storm)ing$/.test(text)) return "describing";
  if (THINGS_IN_ING.has(text)) return "noun";
  if (/.{3}ing$/.test(text)) return "gerund";
  switch (tag) {
    case "adverb":
      return /...ly$/.test(text) ? "adverb" : "describing";
    case "verb":
    case "gerund":
      return "verb";
    case "participle":
      return "participle";
    case "adjective":
    case "number":
      return "describing";
    default:
      return /.{3}ed$/.test(text) && !text.endsWith("eed") ? "participle" : "noun";
  }
}

/** "a trash can": no verb follows, and a noun or an article stands before. */
function settleCan(units: readonly Unit[], parts: Part[]): void {
  parts.forEach((part, i) => {
    if (part !== "auxiliary" || units[i]!.text !== "can") return;
    const after = parts[i + 1];
    if (after === undefined || after === "preposition" || after === "mark" || after === "conjunction")
      parts[i] = "noun";
  });
}

/** A word in -ing before a noun and behind an article or an adjective describes; so do two words such as "dancing robots". */
function settleIng(units: readonly Unit[], parts: Part[]): void {
  parts.forEach((part, i) => {
    if (part !== "gerund") return;
    const before = parts[i - 1];
    const after = parts[i + 1];
    const opensPhrase = before === "determiner" || before === "describing" || before === "quantity";
    if (opensPhrase && (isNominal(after) || after === "verb")) parts[i] = "describing";
    // "a painting", "the wedding": an article with nothing else to belong to.
    else if (opensPhrase && before !== "describing") parts[i] = "noun";
    // "in a parking lot", "on hiking trails"; behind "by" it is done: "by pulling ropes".
    else if (before === "preposition" && units[i - 1]!.text !== "by" && isNominal(after))
      parts[i] = "describing";
    else if (before === undefined && isNominal(after) && hasVerbLater(parts, i + 2)) parts[i] = "describing";
  });
}

/** Whether the clause goes on to a verb of its own. */
function hasVerbLater(parts: readonly Part[], from: number): boolean {
  const end = parts.findIndex((part, k) => k >= from && (part === "mark" || part === "determiner"));
  return parts
    .slice(from, end === -1 ? undefined : end)
    .some((part) => part === "verb" || part === "gerund" || part === "auxiliary");
}

/** A participle before a noun describes it ("a snow covered road"), unless what stands before it has no verb yet. */
function settleParticiples(parts: Part[]): void {
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] !== "participle") continue;
    const after = parts[i + 1];
    if (isNominal(after)) parts[i] = "describing";
  }
}

/** The finite verb that a singular or plural subject points at: "a van | skids", "old engines | rattle". */
function settleVerbs(units: readonly Unit[], parts: Part[], tags: readonly Tag[]): void {
  let hasVerb = false;
  let i = 0;
  while (i < parts.length) {
    const part = parts[i]!;
    if (part === "auxiliary") hasVerb = true;
    if (part === "conjunction" || part === "opener" || part === "mark") hasVerb = false;
    if (!OPEN.has(part)) {
      i += 1;
      continue;
    }
    let end = i;
    while (end < parts.length && OPEN.has(parts[end]!)) end += 1;
    const verb = hasVerb ? -1 : findVerb({ units, parts, tags, from: i, to: end });
    for (let k = i; k < end; k++) {
      if (k === verb) parts[k] = parts[k] === "participle" ? "participle" : "verb";
      // One finite verb to a clause: what else the tagger took for one is a noun.
      else if (parts[k] === "verb") parts[k] = "noun";
    }
    if (verb !== -1) hasVerb = true;
    i = end;
  }
}
