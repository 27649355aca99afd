/** A clip that is larger than what the model works on, a small one of it, and edits of them in this process. */
import { join } from "node:path";
import { editJob } from "../../src/job/edit.ts";
import type { JobEvent } from "../../src/job/events.ts";
import { readVideo, writeVideo } from "../../src/video/index.node.ts";
import { type Frame, resizeFrame } from "../../src/video/index.ts";
import { noiseFrame } from "../fixtures/video/toy-clip.ts";
import { inProcess, parseEdit } from "./in-process.ts";
import { SOURCE, TARGET, workFolder } from "./run-cli.ts";

export const [WIDTH, HEIGHT] = [1920, 1080];
export const FRAMES = 4;

/** A frame of the toy car enlarged to the width of a picture, its middle, with a texture that no model has seen. */
function large(frame: Frame, index: number, width: number, height: number): Frame {
  const enlarged = resizeFrame(frame, width, width);
  const texture = noiseFrame(index, width, height);
  const top = Math.floor((width - height) / 2);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const value = enlarged.data[top * width * 3 + i]! + (texture.data[i]! - 128) / 8;
    data[i] = Math.min(255, Math.max(0, Math.round(value)));
  }
  return { width, height, data };
}

export const framesIn = async (path: string): Promise<readonly Frame[]> => (await readVideo(path)).frames;

export const isSame = (a: Frame, b: Frame): boolean =>
  Buffer.compare(a.data as Uint8Array, b.data as Uint8Array) === 0;

/** Where two pictures differ: pixels for which `isThere`, of how many. */
export function differing(a: Frame, b: Frame, isThere: (x: number, y: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < a.width * a.height; i++)
    if ([0, 1, 2].some((c) => a.data[3 * i + c] !== b.data[3 * i + c]))
      count += Number(isThere(i % a.width, Math.floor(i / a.width)));
  return count;
}

/** Writes the clips `clip/` (1080p) and `small/` (320×180) in a folder of a test's own. */
export async function largeClips() {
  const folder = await workFolder();
  const at = (...names: string[]): string => join(folder, ...names);
  const { frames } = await readVideo("test/clips/car-road/source", { start: 2, frames: FRAMES });
  const originals = frames.map((frame, i) => large(frame, i, WIDTH, HEIGHT));
  await writeVideo(at("clip/"), originals, { fps: 8 });
  const small = frames.map((frame, i) => large(frame, i, 320, 180));
  await writeVideo(at("small/"), small, { fps: 8 });

  /** An edit in three steps of a clip in this folder, to the target unless another is among the arguments. */
  function lineOf(clip: string, args: readonly string[]): string[] {
    const line = [at(clip), "-s", SOURCE, "--steps", "3", "--no-resume", ...args];
    return args.includes("-t") ? line : [...line, "-t", TARGET];
  }

  /** Runs an edit; what it reported. */
  async function edited(clip: string, ...args: string[]): Promise<readonly JobEvent[]> {
    const request = await parseEdit(lineOf(clip, args));
    return inProcess(async ({ session, events }) => {
      await editJob(request, session);
      return events;
    });
  }

  /** A picture of the original's size that is white where `isWhite`. */
  async function drawn(name: string, isWhite: (x: number, y: number) => boolean): Promise<string> {
    const data = new Uint8Array(WIDTH * HEIGHT * 3).map((_, i) => {
      const pixel = Math.floor(i / 3);
      return isWhite(pixel % WIDTH, Math.floor(pixel / WIDTH)) ? 255 : 0;
    });
    await writeVideo(at(name), [{ width: WIDTH, height: HEIGHT, data }], { fps: 1 });
    return at(name);
  }
  return { at, originals, small, lineOf, edited, drawn };
}
