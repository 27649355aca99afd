import { locate, type RunConfig } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import type { Inversion } from "../../edit/index.ts";
import { FateZeroError } from "../../errors.ts";
import type { FrameList } from "../../frame-list.ts";
import type { Windowing } from "../../frame-window.ts";
import {
  CLIP,
  codecOf,
  type HandMaskOptions,
  METHOD,
  pickFields,
  type RunRequest,
} from "../../request/index.ts";
import { say, the } from "../../say.ts";
import { checkSavedInversion } from "../effects.ts";
import { type Input, openInput, type Reading } from "../input.ts";
import { mapMaskPaths } from "../mask-paths.ts";

/** Frames a second of what the authors' code writes, whatever it read. */
const RELEASED_FPS = 10;

const windowingText = (window: Windowing): string => codecOf(METHOD.window.type).write(window).join();
const framesText = (frames: FrameList): string => codecOf(METHOD.attend.type).write(frames).join();
const list = (paths: readonly string[]): string => paths.map((path) => `"${path}"`).join(", ");

/** Path of the frames: the request's, or what the config names, from the current folder or near the config. */
async function inputPath(file: string, { clip }: RunConfig, input: string | undefined): Promise<string> {
  if (input !== undefined) return input;
  if (clip.path === undefined) {
    throw new FateZeroError(
      "config-value",
      `"${file}": dataset_config.path is missing, which names the frames.`,
      say`Write it, or name a folder of images or a video by ${the("input")}.`,
    );
  }
  const located = await locate(clip.path, file);
  if (located.found) return located.path;
  throw new FateZeroError(
    "input-missing",
    `The frames "${clip.path}" that "${file}" names are nowhere: looked for ${list(located.looked)}.`,
    say`Correct ${the("input")}, or run it from the folder that holds them.`,
  );
}

/** The masks that a config names, from the current folder or near the config. */
export async function locateMasks(
  file: string,
  { masks = {} }: Pick<RunConfig, "masks">,
): Promise<HandMaskOptions> {
  return await mapMaskPaths(masks, async (path, field) => {
    const located = await locate(path, file);
    if (located.found) return located.path;
    throw new FateZeroError(
      "input-missing",
      `"${path}", which "${file}" names as fatezero.${field}, is nowhere: looked for ${list(located.looked)}.`,
      "Correct the path, or run it from the folder that holds it.",
    );
  });
}

/** Opens what a config edits: a folder of images, a video, or a saved inversion that agrees with it. */
export async function openRunInput(file: string, config: RunConfig, request: RunRequest): Promise<Input> {
  const input = await openInput(await inputPath(file, config, request.input));
  if (input.kind === "inversion") {
    if (config.tuning !== undefined) throw noClip(file, input.path);
    checkSavedInversion(input, pickFields(CLIP, request));
    checkAgreement(file, config, input.path, input.inversion);
  }
  return input;
}

/** A model is tuned on frames, and a saved inversion has none. */
function noClip(file: string, path: string): FateZeroError {
  return new FateZeroError(
    "inversion-differs",
    `"${file}" tunes the model on the clip before it edits, and the saved inversion "${path}" does not hold its video.`,
    say`Name the video by ${the("input")}, or run a config that does not tune.`,
  );
}

/** A saved inversion has its prompt and method: a config that says otherwise is refused, never ignored. */
function checkAgreement(
  file: string,
  { clip, method }: RunConfig,
  path: string,
  { prompt, steps, settings }: Inversion,
): void {
  const { window = "off" } = settings;
  const asked = method.window === undefined || method.window === "auto" ? window : method.window;
  const mode = (compat: "fatezero" | null): string => (compat ? "the released code's mode" : "no compat");
  const pairs: readonly (readonly [key: string, config: unknown, made: unknown])[] = [
    ["dataset_config.prompt", clip.prompt.trim(), prompt.trim()],
    ["editing_config.num_inference_steps", method.steps, steps],
    ["fatezero.compat", mode(method.compat), mode(settings.compat)],
    [
      "model_config.SparseCausalAttention_index",
      framesText(method.attend ?? settings.attend.frames),
      framesText(settings.attend.frames),
    ],
    ["fatezero.window", windowingText(asked), windowingText(window)],
    ["model_config.least_sc_channel", method.leastChannels, settings.attend.leastChannels ?? 0],
  ];
  const differs = pairs.find(([, said, made]) => said !== made);
  if (!differs) return;
  const [key, said, made] = differs;
  throw new FateZeroError(
    "inversion-differs",
    `"${file}" does not fit the saved inversion "${path}": ${key} is ${JSON.stringify(said)}, and it was made with ${JSON.stringify(made)}.`,
    say`Write in the config what it was made with, or name the video by ${the("input")}.`,
  );
}

/** Which frames a config takes of its input. `fps` is the released code's for pictures in its mode. */
export function clipOptionsOf(
  { clip, method }: RunConfig,
  input: Input,
  options: Pick<RunRequest, "frames" | "size">,
): Reading {
  const { path: _, prompt: __, start, ...others } = clip;
  const isVideo = input.kind === "clip" && input.info.kind === "video";
  const released = method.compat && !isVideo ? RELEASED_FPS * clip.stride : undefined;
  return {
    ...others,
    // A time to begin at takes the place of a frame to begin at.
    ...(clip.from !== undefined && start === 0 ? {} : { start }),
    ...defined({ fps: clip.fps ?? released, compat: method.compat ?? undefined }),
    ...pickFields(CLIP, options),
  };
}
