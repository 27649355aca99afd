import { attendedCount, type FrameList, type FrameRef, isFrameRef } from "../../frame-list.ts";
import { isFrameWindow, overlapOf, type Windowing, windowText } from "../../frame-window.ts";
import { MAX_ATTENDED } from "../../limits.ts";
import type { FieldValue } from "../fields/index.ts";
import { fault, numberOf, type Read, value } from "./read.ts";

/** Lists of frames and of files: readers of texts, and their writers. */

type Scenes = FieldValue<"scenes">;
type Loras = FieldValue<"lora">;
type Embeddings = FieldValue<"embeddings">;

/** Frames as a user writes them: `0,mid` or `-1,first`; `none` is each frame for itself. */
export function readFrames(text: string): Read<FrameList> {
  if (text.trim() === "none") return value([]);
  const list: FrameRef[] = [];
  const parts = text.split(",", MAX_ATTENDED + 1);
  if (parts.length > MAX_ATTENDED) return fault(`It names more than ${MAX_ATTENDED} frames.`);
  for (const part of parts) {
    const word = part.trim();
    const entry = /^[+-]?\d{1,6}$/.test(word) ? Number(word) : word;
    if (isFrameRef(entry)) list.push(entry);
    else {
      return fault(
        `"${word}" is no frame: use offsets like 0, -1, +1 and the words first, mid, last, spread:4, e.g. 0,mid; or "none".`,
      );
    }
  }
  return attendedCount(list) > MAX_ATTENDED
    ? fault(`It names more than ${MAX_ATTENDED} frames.`)
    : value(list);
}

export function writeFrames(frames: FrameList): string {
  return frames.length === 0 ? "none" : frames.join(",");
}

/** `auto`, `off`, or the first frames of the scenes after the first one, with commas between them. */
export function readScenes(text: string): Read<Scenes> {
  const word = text.trim();
  if (word === "auto" || word === "off") return value(word);
  const cuts = word.split(",").map((part) => (/^\s*\d{1,7}\s*$/.test(part) ? Number(part) : 0));
  const isRising = cuts.every((cut, i) => cut > (i === 0 ? 0 : cuts[i - 1]!));
  return isRising
    ? value(cuts)
    : fault(
        'It must be "auto", "off", or the first frames of the scenes after the first one, rising and counted from 0, as 17,40.',
      );
}

export function writeScenes(scenes: Scenes): string {
  return typeof scenes === "string" ? scenes : scenes.length === 0 ? "off" : scenes.join(",");
}

/** `auto`, `off`, or how many frames windows have and, behind a colon, share. */
export function readWindowing(text: string): Read<Windowing> {
  const word = text.trim();
  if (word === "auto" || word === "off") return value(word);
  const [, length, shared] = /^(\d{1,7})(?::(\d{1,7}))?$/.exec(word) ?? [];
  const frames = Number(length);
  const window = { frames, overlap: shared === undefined ? overlapOf(frames) : Number(shared) };
  return isFrameWindow(window)
    ? value(window)
    : fault(
        'It must be "auto", "off", or the frames of a window, as 16, with those that the next one shares behind a colon, as 16:4: fewer than it has.',
      );
}

export function writeWindowing(window: Windowing): string {
  return typeof window === "string" ? window : windowText(window);
}

/**
 * `FILE` or `FILE:SCALE`, added to those before. The scale stands behind the last colon, if that is a number; other colons
 * belong to the path (`C:\style.safetensors`).
 */
export function readLora(text: string, before: Loras = []): Read<Loras> {
  const at = text.lastIndexOf(":");
  const scale = at < 0 ? Number.NaN : numberOf(text.slice(at + 1));
  const path = Number.isNaN(scale) ? text : text.slice(0, at);
  if (path.trim() === "" || Math.abs(scale) === Number.POSITIVE_INFINITY)
    return fault("It names no file: write FILE or FILE:SCALE, such as style.safetensors:0.8.");
  return value([...before, { path, scale: Number.isNaN(scale) ? 1 : scale }]);
}

export function writeLoras(loras: Loras): readonly string[] {
  return loras.map(({ path, scale = 1 }) => `${path}:${scale}`);
}

/** `FILE` or `WORD=FILE`, added to those before. What stands before the first `=` is a word unless it holds a path separator. */
export function readEmbedding(text: string, before: Embeddings = []): Read<Embeddings> {
  const [, first, rest] = /^([^=/\\]*)=(.*)$/s.exec(text) ?? [];
  const word = first?.trim();
  const path = rest ?? text;
  if (path.trim() === "" || word === "")
    return fault("It names no file: write FILE or WORD=FILE, such as my-cat=embeddings/cat.pt.");
  return value([...before, word === undefined ? { path } : { path, word }]);
}

/** A path alone must not look like `WORD=FILE`. */
export function writeEmbeddings(embeddings: Embeddings): readonly string[] {
  return embeddings.map(({ path, word }) => {
    if (word !== undefined) return `${word}=${path}`;
    return /^[^/\\]*=/.test(path) ? `./${path}` : path;
  });
}

/** Names with commas between them. */
export function readNames(text: string): Read<readonly string[]> {
  const names = text.split(",").map((name) => name.trim());
  return names.includes("")
    ? fault("It has a name without letters: write names with commas between them.")
    : value(names);
}
