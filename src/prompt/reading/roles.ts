import {
  isAiming,
  isContainer,
  isLeaping,
  isRidden,
  isScenery,
  isTime,
  isWeather,
  isWorn,
} from "./categories.ts";
import type { Word } from "./parts.ts";
import type { NounPhrase, Phrase } from "./phrases.ts";
import { PLACE_PREPOSITIONS } from "./words.ts";

/**
 * What a noun is in the picture. `thing`: takes part in what is done. `place`: where it is done. `time`: when, and in what weather.
 * `frame`: the word "background" of "with hills in the background", which shows nothing by itself.
 */
export type Role = "thing" | "place" | "time" | "frame";

/** The role of every phrase; null for those that are no nouns. */
export function rolesOf(words: readonly Word[], phrases: readonly Phrase[]): (Role | null)[] {
  const roles: (Role | null)[] = [];
  phrases.forEach((phrase, k) => {
    if (phrase.type !== "noun") {
      roles.push(null);
      return;
    }
    const role = roleOf(words, phrases, phrase, roles);
    roles.push(role);
    // "with hills in the background": the hills are the place.
    if (role !== "frame") return;
    for (let framed = k - 1; framed >= 0; framed--) {
      const before = phrases[framed]!;
      if (before.type !== "noun") break;
      roles[framed] = "place";
      if (before.preposition !== "of" && !isListed(words, before)) break;
    }
  });
  return roles;
}

const isListed = (words: readonly Word[], phrase: NounPhrase): boolean =>
  words[phrase.start - 1]?.part === "conjunction";

function roleOf(
  words: readonly Word[],
  phrases: readonly Phrase[],
  phrase: NounPhrase,
  roles: readonly (Role | null)[],
): Role {
  const { preposition, host } = phrase;
  const head = words[phrase.head.at(-1)!]!.text;
  const verb = phrase.verb === -1 ? null : (phrases[phrase.verb] as { head: readonly number[] });
  const doing = verb ? words[verb.head[0]!]!.text : null;
  if (phrase.place === "subject" || phrase.place === "object")
    return /^(background|backdrop|sky|skies)$/.test(head) ? "place" : "thing";
  if (preposition === "of") return roles[host] === "place" || roles[host] === "time" ? roles[host] : "thing";
  if (isTime(head) || preposition === "during") return "time";
  if (isWeather(head) && preposition !== "with") return "time";
  if (
    /^(day|week|season|hour|time)$/.test(head) &&
    (preposition === "on" || preposition === "in" || preposition === "at")
  )
    return "time";
  const framing = /^(background|backdrop|distance|foreground)$/.test(head);
  if (framing && preposition === "in" && phrase.modifiers.length === 0) return "frame";
  if (preposition === "with") return isScenery(head) ? "place" : "thing";
  if (preposition === null || !isPlacing(preposition)) return "thing";
  if (preposition === "in" && isWorn(head)) return "thing";
  if (
    /^(on|in|onto|into|off|out of|from|inside|through|atop|to|upon|aboard)$/.test(preposition) &&
    (isRidden(head) || isContainer(head))
  )
    return "thing";
  if (/^(at|to|on)$/.test(preposition) && doing && isAiming(doing) && !isScenery(head)) return "thing";
  if (/^(over|through|onto|into|at)$/.test(preposition) && doing && isLeaping(doing) && !isScenery(head))
    return "thing";
  if (preposition === "by" && isPassive(words, phrases, phrase)) return "thing";
  return "place";
}

/** Prepositions of several words all say where. */
const isPlacing = (preposition: string): boolean =>
  preposition.includes(" ") || PLACE_PREPOSITIONS.has(preposition);

/** "pulled by a horse" */
function isPassive(words: readonly Word[], phrases: readonly Phrase[], phrase: NounPhrase): boolean {
  const verb = phrases[phrase.verb]?.head ?? [];
  return verb.includes(phrase.start - 1) && words[phrase.start - 1]?.part === "participle";
}
