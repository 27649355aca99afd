/** Reads up to `length` bytes of a file from `at` on; fewer where the file ends. */
export type ReadAt = (at: number, length: number) => Promise<DataView>;

/** What a container's headers say of how it can be read, without any frame. */
export interface Structure {
  /** Whether the container's own list of frames can be gone by: it is there, and shows each frame once, in order. */
  readonly hasPlainIndex: boolean;
  /** Whether it says when pictures are decoded, but not when they are shown: these may be other times. */
  readonly lacksShowTimes?: boolean;
  /** Whether the sound is heard from its beginning, as it lies in the file. */
  readonly hasPlainSound: boolean;
  /** False where a search in it might not come to an end. */
  readonly isSearchable?: boolean;
  /** Whether the file ends before what its headers announce. */
  readonly isCutOff: boolean;
  /** Frames that the headers announce; undefined where they do not say. */
  readonly announced?: number | undefined;
  /** The first of the video's edits that is not played at its own speed, as the file says it: 0 stands still. */
  readonly editRate?: number | undefined;
  /** Headers that announce what the file cannot hold, in words. */
  readonly impossible?: string | undefined;
}

/** Nothing is known but that the file has to be read from its beginning. */
export const UNKNOWN_STRUCTURE: Structure = { hasPlainIndex: false, hasPlainSound: false, isCutOff: false };
