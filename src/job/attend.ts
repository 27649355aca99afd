import { type FrameList, parseFrameList } from "../attention/index.ts";
import { FateZeroError } from "../errors.ts";
import { usageError } from "./usage.ts";

/** Reads `--attend`. It is read here and not by the parser, which loads nothing of the library. */
export function frameList(text: string | undefined): FrameList | undefined {
  if (text === undefined) return undefined;
  try {
    return parseFrameList(text);
  } catch (error) {
    if (!(error instanceof FateZeroError)) throw error;
    throw usageError(`--attend "${text}" is no list of frames.`, error.remedy);
  }
}
