import { nothing, type PairedSentences, type PhraseChange } from "./change.ts";
import { compareNouns } from "./compare-nouns.ts";
import { actors, compareAdverbs, comparePredicates } from "./compare-verbs.ts";
import { addition, removal } from "./one-sided.ts";
import { sameHead } from "./pair-phrases.ts";

/** Everything that differs, phrase by phrase. */
export function findChanges(pair: PairedSentences): PhraseChange[] {
  const { source, target, partner, origin } = pair;
  const changes: PhraseChange[] = [];
  source.phrases.forEach((phrase, i) => {
    const j = partner[i]!;
    if (j === -1) changes.push(...removal(pair, phrase, i));
    else changes.push(...comparison(pair, i, j));
  });
  target.phrases.forEach((phrase, j) => {
    if (origin[j] === -1) changes.push(...addition(pair, phrase, j));
  });
  return settleActs(changes);
}

function comparison(pair: PairedSentences, i: number, j: number): PhraseChange[] {
  const { source, target, isSame } = pair;
  const [a, b] = [source.phrases[i]!, target.phrases[j]!];
  const same = sameHead(source, a, target, b, isSame);
  if (a.type === "noun") return compareNouns(pair, i, j, same);
  if (same) return [];
  const changed = { before: a.head, after: b.head };
  if (a.type === "look") return [{ ...nothing, ...changed, what: "look", kind: "style" }];
  if (a.type === "verb")
    return [{ ...nothing, ...changed, ...actors(pair, i, j), what: "acts", kind: "shape" }];
  const compare = a.type === "adjective" ? comparePredicates : compareAdverbs;
  return compare(pair, a.head, b.head, a.subject);
}

/** What somebody does is told by the nouns where they change, too: "verb only" concerns the subject. */
function settleActs(changes: readonly PhraseChange[]): PhraseChange[] {
  const others = changes.filter(({ what }) => what !== "acts");
  return others.some(({ kind }) => kind === "shape" || kind === "attribute") ? others : [...changes];
}
