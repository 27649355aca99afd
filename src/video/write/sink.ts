import type { Frame } from "../types.ts";

/** Video containers that are written. */
export type ContainerKind = "mp4" | "mov" | "mkv" | "webm";

/** Where frames go. A new format is a new function that returns one of these, and a line in `writeVideo`. */
export interface FrameSink {
  /** Takes the next frame; all have the same size. */
  write(frame: Frame): Promise<void>;
  /** Completes the file or folder under its temporary name. */
  finish(): Promise<void>;
  /** Frees everything after a failure. Never throws. */
  cancel(): Promise<void>;
}
