import { FateZeroError } from "../../errors.ts";
import { say, the } from "../../say.ts";

export function notAVideo(name: string, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "not-a-video",
    `"${name}" is not a video that can be read: no known container (mp4, mov, mkv, webm) was found in it, or it is cut off before its index.`,
    "Check that the file is complete, or convert it to mp4, or give a gif, an image or a folder of images.",
    { cause },
  );
}

export function noFrames(name: string): FateZeroError {
  return new FateZeroError(
    "no-frames",
    `"${name}" has no frames that can be read: it is empty or cut off.`,
    "Give a complete video with at least one frame.",
  );
}

/** Headers that announce what the file cannot hold: nobody can tell what else in them is wrong. */
export function impossibleTables(name: string, claim: string, bytes: number): FateZeroError {
  return new FateZeroError(
    "video-damaged",
    `"${name}" cannot be what its header says: in ${bytes.toLocaleString("en-US")} bytes it announces ${claim}.`,
    'Get a complete copy, or have its tables written anew: "ffmpeg -i FILE -c copy new.mp4".',
  );
}

export function frameDamaged(name: string, index: number, cause?: unknown): FateZeroError {
  return new FateZeroError(
    "video-damaged",
    `Frame ${index} of "${name}" cannot be decoded: the file is truncated or damaged there.`,
    say`Get a complete copy, or take frames before it (${the("frames")}, ${the("start")}, ${the("stride")}, ${the("to")}).`,
    { cause },
  );
}
