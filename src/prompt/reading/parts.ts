import { isPlural } from "./forms.ts";
import type { Tag, Tagger } from "./tagger.ts";
import type { Unit } from "./units.ts";
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
} from "./words.ts";

/** What a word does in its sentence. `describing`: an adjective, or a participle before its noun. */
export type Part =
  | "mark"
  | "determiner"
  | "quantity"
  | "preposition"
  | "conjunction"
  | "opener"
  | "pronoun"
  | "auxiliary"
  | "verb"
  | "gerund"
  | "participle"
  | "describing"
  | "adverb"
  | "name"
  | "noun";

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
  const tags = tagger(units.map(({ text, written, isWord }) => (text === "&" ? "and" : isWord ? written : ",")));
  const names = capitalMeansName(units);
  const parts = units.map((unit, i): Part => {
    if (!unit.isWord) return "mark";
    return prepositions[i] !== null ? "preposition" : partOf(unit, tags[i] ?? "noun", names && (i > 0 || startsName(units, tags)));
  });
  settleIng(units, parts);
  settleParticiples(parts);
  settleVerbs(units, parts, tags);
  return units.map((unit, i) => ({ ...unit, part: parts[i]!, preposition: prepositions[i]! }));
}

/** Whether a capital letter marks a name: not where most words have one. */
function capitalMeansName(units: readonly Unit[]): boolean {
  const words = units.filter(({ isWord }) => isWord).slice(1);
  return words.filter(({ written }) => isCapital(written)).length * 2 < words.length;
}

/** The first word has a capital anyway: it is a name where the tagger says so and the next one has a capital, too. */
const startsName = (units: readonly Unit[], tags: readonly Tag[]): boolean =>
  tags[0] === "name" && isCapital(units[1]?.written ?? "");

const isCapital = (written: string): boolean => /^\p{Lu}/u.test(written);

function findPrepositions(units: readonly Unit[]): (string | null)[] {
  const found = new Array<string | null>(units.length).fill(null);
  for (let i = 0; i < units.length; i++) {
    if (found[i] !== null || !units[i]!.isWord) continue;
    const phrase = PREPOSITIONAL_PHRASES.find((words) => words.every((word, k) => units[i + k]?.text === word));
    if (phrase) phrase.forEach((_, k) => void (found[i + k] = phrase.join(" ")));
    else if (isPreposition(units[i]!.text) && !(units[i]!.text === "up" && units[i - 1]?.text === "close")) found[i] = units[i]!.text;
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
    else if (before === "preposition" && units[i - 1]!.text !== "by" && isNominal(after)) parts[i] = "describing";
    else if (before === undefined && isNominal(after) && isPlural(units[i + 1]!.text) && hasVerbLater(parts, i + 2))
      parts[i] = "describing";
  });
}

function hasVerbLater(parts: readonly Part[], from: number): boolean {
  return parts.slice(from).some((part) => part === "verb" || part === "gerund" || part === "auxiliary");
}

/** A participle before a noun describes it ("a snow covered road"), unless what stands before it has no verb yet. */
function settleParticiples(parts: Part[]): void {
  for (let i = parts.length - 1; i >= 0; i--) {
    if (parts[i] !== "participle") continue;
    const after = parts[i + 1];
    if (isNominal(after)) parts[i] = "describing";
  }
}

/** The finite verb that a singular or plural subject points at: "a man | dunks", "wind turbines | spin". */
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
    const verb = hasVerb ? -1 : findVerb(units, parts, tags, i, end);
    for (let k = i; k < end; k++) {
      if (k === verb) parts[k] = parts[k] === "participle" ? "participle" : "verb";
      // One finite verb to a clause: what else the tagger took for one is a noun.
      else if (parts[k] === "verb") parts[k] = "noun";
    }
    if (verb !== -1) hasVerb = true;
    i = end;
  }
}

/** What speaks for a word being the verb of its run, from which one is believed. */
const BELIEVED = 2;

function findVerb(
  units: readonly Unit[],
  parts: readonly Part[],
  tags: readonly Tag[],
  from: number,
  to: number,
): number {
  const opener = parts[from - 1];
  const determiner = opener === "determiner" || opener === "quantity" ? units[from - 1]!.text : null;
  const one = determiner === "a" || determiner === "an" || determiner === "one" || determiner === "another" || determiner === "each";
  const many = opener === "quantity" && !one;
  const inPhrase =
    opener === "preposition" || (determiner !== null && parts[from - 2] === "preposition");
  const someVerb = tags.slice(from, to).includes("verb");
  let best = -1;
  let most = BELIEVED - 0.01;
  for (let v = from; v < to; v++) {
    const isLast = v === to - 1;
    const word = units[v]!.text;
    const after = parts[to];
    if (parts[v] === "participle") {
      // "a forest filled with trees", "a girl dressed in red"
      if (v > from || opener !== "determiner") return best === -1 ? v : best;
      continue;
    }
    const subject = v > from ? units[v - 1]!.text : null;
    if (subject === null) {
      // The subject is an earlier phrase: "a man with a hat | walks".
      const follows = opener === "pronoun" || opener === "opener" || (opener === "adverb" && (parts[from - 2] === "noun" || parts[from - 2] === "name"));
      if (tags[v] === "verb" && follows) return v;
      continue;
    }
    if (parts[v - 1] === "describing" || parts[v] === "describing" || parts[v] === "name") continue;
    const plural = !one && (many || isPlural(subject));
    const inS = isPlural(word) || /ss?es$|xes$|[a-z]{3}s$/.test(word);
    let score = tags[v] === "verb" ? 1.5 : tags[v] === "noun" && !someVerb ? -1.5 : 0;
    // A bare noun of one thing ("teddy") is hardly a subject; a name is.
    if (determiner === null && !plural && parts[v - 1] === "noun") score -= 1.5;
    // Hardly a plural describes the noun behind it; these few do.
    if (plural) score += inS || /^(sports|arts|jeans|news|sales)$/.test(subject) ? -3 : 2.5;
    else score += inS && !word.endsWith("ss") && !/(us|is)$/.test(word) ? 1.5 : -3;
    // "a woman lifts weights": what has the article of one is no plural.
    if (one && isPlural(subject)) score -= 2;
    if (isLast) {
      if (after === "determiner" || after === "pronoun" || after === "quantity") score += 3;
      else if (after === "gerund") score += 2;
      else if (after === "preposition" || after === "adverb") score += 1;
      else if (after === undefined || after === "mark") score += 0.5;
      // "a tuk tuk drifts": no plural noun has the article of one.
      if (one && isPlural(word)) score += 2;
    } else if (tags[v] !== "verb") score -= 1;
    // Behind a comma stand rather a few words more ("fall colors") than a clause.
    if (opener === "mark" && !plural) score -= 1;
    // Inside a phrase of its own ("with city lights") a bare noun is no subject.
    if (inPhrase && determiner === null) score -= 3;
    if (score > most) {
      most = score;
      best = v;
    }
  }
  return best;
}
