import { type Segment, segmentPrompt } from "../segments.ts";
import type { EditKind, Tokenizer } from "../types.ts";
import { findChanges, type PhraseChange } from "./changes.ts";
import { isMisspelling, isSameForm } from "./forms.ts";
import { pairPhrases } from "./pair-phrases.ts";
import { readSentence } from "./sentence.ts";
import { loadTagger, type Tagger } from "./tagger.ts";
import type { Word } from "./parts.ts";

export interface EditReading {
  readonly kind: EditKind;
  readonly maskWords: readonly string[];
  readonly changes: readonly PhraseChange[];
}
const ORDER: readonly EditKind[] = ["shape", "attribute", "background", "style"];
export async function readEdit(tokenizer: Tokenizer, source: string, target: string): Promise<EditReading> {
  const tagger = await loadTagger();
  return readSegments(tokenizer, tagger, segmentPrompt(tokenizer, source), segmentPrompt(tokenizer, target));
}
export function readSegments(tokenizer: Tokenizer, tagger: Tagger, a: readonly Segment[], b: readonly Segment[]): EditReading {
  const known = (word: string): boolean => tokenizer.vocabSize < 20_000 || tokenizer.encode(word).length === 3;
  const isSame = (x: string, y: string): boolean => isSameForm(x, y) || isMisspelling(x, y, known);
  const source = readSentence(a, b, tagger);
  const target = readSentence(b, a, tagger);
  const partner = pairPhrases(source, target, isSame);
  const origin = target.phrases.map((_, j) => partner.indexOf(j));
  const changes = findChanges({ source, target, partner, origin, isSame });
  const kind = ORDER.find((k) => changes.some((c) => c.kind === k)) ?? "style";
  const mask = [...new Set(changes.flatMap((c) => c.mask))].sort((x, y) => x - y);
  const words = mask.flatMap((k) => (source.words[k] as Word).segments).map((s) => a[s]!.text.toLowerCase());
  return { kind, maskWords: kind === "style" ? [] : words, changes };
}
