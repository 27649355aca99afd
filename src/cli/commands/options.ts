import { Option } from "@commander-js/extra-typings";
import * as parse from "./parse.ts";

/** Every option once: its flags, its help with unit, default and the paper's symbol, and how its value is read. */

export const source = new Option(
  "-s, --source <prompt>",
  "one sentence that says what the video shows (not needed for a saved inversion)",
)
  .argParser(parse.prompt)
  .helpGroup("Prompts:");

/** For `invert`, which always needs it. */
export const clipSource = new Option("-s, --source <prompt>", "one sentence that says what the video shows")
  .argParser(parse.prompt)
  .makeOptionMandatory()
  .helpGroup("Prompts:");

export const target = new Option("-t, --target <prompt>", "the sentence that says what it shall show instead")
  .argParser(parse.prompt)
  .makeOptionMandatory()
  .helpGroup("Prompts:");

export const negative = new Option(
  "--negative <prompt>",
  "what the result should not show (default: nothing)",
)
  .argParser(parse.prompt)
  .helpGroup("Prompts:");

export const editOutput = new Option(
  "-o, --out <path>",
  'where the result goes: a video (.mp4 .mov .mkv .webm .gif .webp), a folder of lossless images (00000.png …) when it ends in "/", or an image (.png .jpg .webp) for a single frame',
)
  .argParser(parse.path)
  .makeOptionMandatory()
  .helpGroup("Output:");

export const inversionOutput = new Option(
  "-o, --out <file>",
  "where the inversion goes: a file that ends in .safetensors",
)
  .argParser(parse.path)
  .makeOptionMandatory()
  .helpGroup("Output:");

export const saveMaps = new Option(
  "--save-maps <folder>",
  "also draw what the model attends to for each word of the source, and the masks it used, as pictures over the frames",
)
  .argParser(parse.path)
  .helpGroup("Seeing:");

export const mapsEvery = new Option(
  "--maps-every <n>",
  "with --save-maps: beside the average draw every n-th step by itself (default: 10)",
)
  .argParser(parse.wholeNumber(1, Number.MAX_SAFE_INTEGER, "steps"))
  .helpGroup("Seeing:");

export const compare = new Option(
  "--compare <file>",
  "also write source and result side by side: a video (.mp4 .gif .webp …), a folder or an image, as for --out",
)
  .argParser(parse.path)
  .helpGroup("Seeing:");

export const saveLatents = new Option(
  "--save-latents <file>",
  "also save the latents of every step, source and edit [T+1, F, C, h, w], as .safetensors, to compare implementations",
)
  .argParser(parse.path)
  .helpGroup("Seeing:");

export const preview = new Option(
  "--preview",
  "only a quick look: 4 frames in 10 steps (unless --steps), drawn as one picture of source, result and mask. It goes to OUT if that is .png or .jpg, else beside it: blue.mp4 -> blue.preview.png",
).helpGroup("Seeing:");

/** For `maps`. */
export const mapsOutput = new Option(
  "-o, --out <folder>",
  "where the pictures go: overview.png and one picture per word",
)
  .argParser(parse.path)
  .makeOptionMandatory()
  .helpGroup("Output:");

export const mapsSteps = new Option(
  "--steps <n>",
  "DDIM steps, the paper's T (default: 20; for a saved inversion its own)",
)
  .argParser(parse.wholeNumber(1, 1000, "steps"))
  .helpGroup("Method:");

export const everyStep = new Option(
  "--maps-every <n>",
  "beside the average draw every n-th step by itself (default: 5)",
)
  .argParser(parse.wholeNumber(1, Number.MAX_SAFE_INTEGER, "steps"))
  .helpGroup("Output:");

export const frames = new Option("--frames <n>", "how many frames to take (default: all)")
  .argParser(parse.wholeNumber(1, Number.MAX_SAFE_INTEGER, "frames"))
  .helpGroup("Which frames:");

export const start = new Option("--start <n>", "number of the first frame, counted from 0 (default: 0)")
  .argParser(parse.wholeNumber(0, Number.MAX_SAFE_INTEGER, "frames"))
  .helpGroup("Which frames:");

export const stride = new Option(
  "--stride <n>",
  "take every n-th frame; the frame rate is divided by n, so the result lasts as long (default: 1)",
)
  .argParser(parse.wholeNumber(1, Number.MAX_SAFE_INTEGER, "frames"))
  .helpGroup("Which frames:");

export const size = new Option(
  "--size <pixels>",
  "shorter side to work at; the longer follows, both rounded to what the model takes (default: the model's own size)",
)
  .argParser(parse.wholeNumber(1, 16384, "pixels"))
  .helpGroup("Which frames:");

export const fps = new Option(
  "--fps <rate>",
  "frames a second of the input, before --stride (default: the video's own; 8 for a folder)",
)
  .argParser(parse.decimal(0, 1000, true))
  .helpGroup("Which frames:");

export const from = new Option(
  "--from <time>",
  "begin at this time of the video: seconds, 0:12 or 1:02:03.5 (default: its beginning)",
).helpGroup("Which frames:");

export const to = new Option("--to <time>", "end before this time (default: its end)").helpGroup(
  "Which frames:",
);

export const crop = new Option(
  "--crop <how>",
  'cut before scaling: "center" for the largest square, an aspect ratio like 16:9, or pixels left,right,top,bottom (default: none)',
).helpGroup("Which frames:");

export const background = new Option(
  "--background <colour>",
  'what shows through transparent pixels: #rrggbb, black, white, or "none" to ignore transparency (default: white)',
).helpGroup("Which frames:");

export const noAudio = new Option(
  "--no-audio",
  "leave the sound out (default: it is copied when the result is as long as the part of the video it is from)",
).helpGroup("Output:");

export const preset = new Option(
  "--preset <kind>",
  "values for a kind of edit; single ones can be set by hand beside it (default: the kind that the difference of the prompts speaks of)",
)
  .choices(["style", "attribute", "shape", "background"] as const)
  .helpGroup("How much changes:");

export const strength = new Option(
  "--strength <share>",
  "moves the preset's values together: 0 hardly anything, 0.5 the preset, 1 as far as it goes (default: 0.5)",
)
  .argParser(parse.decimal(0, 1))
  .helpGroup("How much changes:");

export const steps = new Option("--steps <n>", "DDIM steps, the paper's T (default: 50)")
  .argParser(parse.wholeNumber(1, 1000, "steps"))
  .helpGroup("Method:");

export const attend = new Option(
  "--attend <list>",
  'frames that every frame\'s self-attention looks at (paper Eq. 8): offsets and first, mid, last; "none" is each for itself (default: 0,mid; -1,first for a tuned model or --compat)',
).helpGroup("Method:");

export const compat = new Option(
  "--compat <code>",
  "follow the paper's released code to the number, its square crop and its quirks included",
)
  .choices(["fatezero"] as const)
  .helpGroup("Method:");

export const guidance = new Option(
  "--guidance <scale>",
  "classifier-free guidance scale; up to 1 there is none (default: the model's own; 7.5 for Stable Diffusion)",
)
  .argParser(parse.decimal(0, 10_000))
  .helpGroup("How much changes:");

export const selfSteps = new Option(
  "--self-steps <share>",
  "share of the steps, from the noisiest, that keep the source's self-attention (its layout): 0.8, or a range 0.1-0.7. 1−t_s/T in the paper, whose t_s is the step where it ends (default: by kind of edit)",
)
  .argParser(parse.fusionWindow)
  .helpGroup("How much changes:");

export const crossSteps = new Option(
  "--cross-steps <share>",
  "the same for cross-attention (what each word draws), 1−t_c/T; also by word of the target: default=0.7,golden=0.1-0.4 (default: by kind of edit)",
)
  .argParser(parse.crossSteps)
  .helpGroup("How much changes:");

export const maskThreshold = new Option(
  "--mask-threshold <tau>",
  "τ, 0 to 1: where the mask is above it, the edit keeps its own self-attention. At 1 nowhere: the source's replaces all (default: by kind of edit)",
)
  .argParser(parse.decimal(0, 1))
  .helpGroup("How much changes:");

export const maskWords = new Option(
  "--mask-words <words>",
  'words of the source that make the mask, like car,road; "none" for no mask (default: the words that change)',
)
  .argParser(parse.maskWords)
  .helpGroup("How much changes:");

export const maskFrom = new Option(
  "--mask-from <kind>",
  "what the mask is made of: the mask words' attention (the paper's), or where the two prompts' predictions differ (default: by kind of edit)",
)
  .choices(["attention", "difference"] as const)
  .helpGroup("How much changes:");

export const amplify = new Option(
  "--amplify <word=n>",
  "multiply the attention to a word of the target by n, such as golden=3; 1 changes nothing (repeatable)",
)
  .argParser(parse.amplification)
  .helpGroup("How much changes:");

export const latentBlend = new Option(
  "--latent-blend",
  "also keep the source's latents outside the mask: in the middle steps, with --mask-from difference in all (default: by kind of edit)",
).helpGroup("How much changes:");

export const noLatentBlend = new Option("--no-latent-blend", "never keep them").helpGroup(
  "How much changes:",
);

export const noResume = new Option(
  "--no-resume",
  "neither keep the state of this run nor go on from an earlier one (default: a run that was stopped goes on where it was)",
).helpGroup("Other:");

export const printConfig = new Option(
  "--print-config",
  "print this command line as a config file that `fatezero run` takes, instead of working",
).helpGroup("Other:");

/** For `run`. */
export const runOutput = new Option(
  "-o, --out <folder>",
  "where the results go: for every prompt a video, a folder of its frames and its settings, and one contact-sheet.png",
)
  .argParser(parse.path)
  .makeOptionMandatory()
  .helpGroup("Output:");

export const runInput = new Option(
  "--input <path>",
  "a folder of images, a video or a saved inversion (default: dataset_config.path)",
)
  .argParser(parse.path)
  .helpGroup("In place of the config's:");

export const runFrames = new Option(
  "--frames <n>",
  "how many frames to take (default: dataset_config.n_sample_frame)",
)
  .argParser(parse.wholeNumber(1, Number.MAX_SAFE_INTEGER, "frames"))
  .helpGroup("In place of the config's:");

export const runSize = new Option(
  "--size <pixels>",
  "side of the square to work at (default: dataset_config.image_size, else the model's own)",
)
  .argParser(parse.wholeNumber(1, 16384, "pixels"))
  .helpGroup("In place of the config's:");

export const json = new Option(
  "--json",
  "report to programs: one JSON event a line on stdout, the last one the result or the error (docs/events.md)",
).helpGroup("Other:");

export const debug = new Option("--debug", "print the stack trace of an error").helpGroup("Other:");
export const help = new Option("-h, --help", "show this help").helpGroup("Other:");
