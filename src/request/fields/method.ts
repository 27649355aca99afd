import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

const MODELS =
  '"tinytown", which comes with the program, or a Stable Diffusion 1.x/2.x checkpoint: a folder in the diffusers layout, a .safetensors or .ckpt file, or a hub id such as CompVis/stable-diffusion-v1-4, which is downloaded';

/** Which model is used, what is added to it, and how it computes (docs/models.md). */
export const MODEL = {
  model: {
    type: { kind: "path" },
    group: "Method",
    help: MODELS,
    otherwise: "tinytown; a saved inversion that another one made asks for it",
    flag: "--model <name>",
    yaml: "pretrained_model_path",
    in: ["edit", "invert", "maps", "run", "plan", "tune", "eval", "describe", "table1"],
    per: {
      tune: { otherwise: "tinytown" },
      table1: { otherwise: "tinytown" },
      eval: {
        help: "the model of the edit: what its VAE costs on the way there and back is told beside what is kept, and the word maps of a report are its own",
        otherwise: "none",
      },
      describe: {
        help: "what describes the clip: a captioning BLIP, as a hub id such as Salesforce/blip-image-captioning-base, which is downloaded, or a folder; or a model that lists its own sentences, as tinytown does, which knows nothing but its own scenes",
        otherwise: "tinytown",
      },
      plan: {
        help: "the model whose words and presets are taken, named as for an edit",
        otherwise: "CLIP's words, which all Stable Diffusion 1.x and 2.x share, and the paper's presets",
      },
      invert: { otherwise: "tinytown" },
      run: { group: "In place of the config's", otherwise: "pretrained_model_path" },
    },
  },
  lora: {
    type: { kind: "loras" },
    group: "Method",
    help: "add a LoRA, with a scale other than 1 behind a colon: ink.safetensors:0.8",
    flag: "--lora <file[:scale]>",
    yaml: "fatezero.lora",
    yamlNote: "a list of files, each a path or `{path: ink.safetensors, scale: 0.8}`",
    in: ["edit", "invert", "maps", "run", "table1", "plan"],
  },
  embeddings: {
    type: { kind: "embeddings" },
    group: "Method",
    help: "add the word of a textual-inversion embedding for prompts",
    otherwise: "the file's own word, else its name",
    flag: "--embedding <[word=]file>",
    yaml: "fatezero.embeddings",
    yamlNote: "a list of files, each a path or `{path: cat.pt, word: my-cat}`",
    in: ["edit", "invert", "maps", "run", "plan"],
  },
  vae: {
    type: { kind: "path" },
    group: "Method",
    help: "take another VAE: a folder, a file, or a hub id such as stabilityai/sd-vae-ft-mse",
    otherwise: "the model's own",
    flag: "--vae <name>",
    yaml: "fatezero.vae",
    in: ["edit", "invert", "maps", "run", "tune", "table1", "plan"],
  },
  variant: {
    type: { kind: "choice", choices: ["fp16"] },
    group: "Method",
    help: "take the half-size weights where the model has both",
    otherwise: "the full ones",
    flag: "--variant <kind>",
    yaml: "fatezero.variant",
    in: ["edit", "invert", "maps", "run", "tune", "table1", "plan"],
  },
  prediction: {
    type: { kind: "choice", choices: ["epsilon", "v_prediction"] },
    group: "Method",
    help: "what the UNet predicts, where a single file does not say it or says it wrongly",
    otherwise: "as found",
    flag: "--prediction <kind>",
    yaml: "fatezero.prediction",
    in: ["edit", "invert", "maps", "run", "tune", "plan"],
  },
  ema: {
    type: { kind: "flag" },
    group: "Method",
    help: "take the averages of the training that a single file holds, as the hub's folders of the released models do",
    otherwise: "the weights themselves",
    flag: "--ema",
    yaml: "fatezero.ema",
    in: ["edit", "invert", "maps", "run", "tune", "plan"],
  },
  base: {
    type: { kind: "path" },
    group: "Method",
    help: say`the model that ${the("model")} holds changed weights of, where that is one file of such`,
    otherwise: "what the file names, where that comes with the program or was downloaded",
    flag: "--base <name>",
    yaml: "fatezero.base",
    in: ["edit", "invert", "maps", "run", "tune", "plan"],
  },
  lowMemory: {
    type: { kind: "flag" },
    group: "Method",
    help: "leave the weights in their files instead of rearranging them for the processor: less memory and a quicker start, slower steps",
    otherwise: "so with models of Stable Diffusion's size on the processor, not with small ones",
    flag: "--low-memory",
    yaml: "fatezero.low_memory",
    in: ["edit", "invert", "maps", "run", "tune", "table1", "plan"],
  },
  device: {
    type: { kind: "choice", choices: ["auto", "cpu", "webgpu", "cuda", "coreml", "dml"] },
    group: "Other",
    help: "where it is computed; a device is probed before it is used, and auto takes the processor where none is right and faster",
    default: "auto",
    flag: "--device <name>",
    yaml: { none: "it belongs to the machine" },
    in: ["edit", "invert", "maps", "run", "tune", "eval", "describe", "table1", "plan"],
  },
  precision: {
    type: { kind: "choice", choices: ["auto", "fp32", "fp16"] },
    group: "Other",
    help: "in which type the model is computed; auto is fp16 on a CUDA device that computes right in it and fp32 elsewhere, latents and sums are fp32 in either",
    default: "auto",
    flag: "--precision <bits>",
    yaml: { none: "it belongs to the machine" },
    in: ["edit", "invert", "maps", "run", "table1", "plan"],
  },
  chunk: {
    type: { kind: "number", least: 1, most: 1_000_000, whole: true, unit: "frames" },
    group: "Other",
    help: "frames of a long clip that are computed at a time: fewer take less memory, the result is the same",
    otherwise: "8, or fewer where the memory asks for it; more where frames look at their neighbours",
    flag: "--chunk <n>",
    yaml: { none: "it belongs to the machine" },
    in: ["edit", "invert", "maps", "run", "plan"],
  },
  maxMemory: {
    type: { kind: "number", least: 0, above: true, most: 1_000_000, unit: "gigabytes", bytes: true },
    group: "Other",
    help: "memory that the job may take by its estimate, as 4GB or 800MB (a number alone is GB): frames are computed in such chunks that it fits; more is refused before the work",
    otherwise: "what is free, within the limits of a container",
    flag: "--max-memory <size>",
    yaml: { none: "it belongs to the machine" },
    in: ["edit", "invert", "maps", "run", "tune", "table1", "plan"],
  },
} as const satisfies Fields;

/** By what a clip is edited. */
export const COMPARISON = {
  method: {
    type: {
      kind: "choice",
      choices: ["fatezero", "ddim", "sdedit", "null-text-p2p", "tune-a-video", "atlas"],
    },
    group: "Method",
    help: "edit by a method that the paper compares itself with: DDIM alone, SDEdit, null-text inversion with prompt-to-prompt, Tune-A-Video, or a layered neural atlas",
    default: "fatezero",
    symbol: "Table 1",
    flag: "--method <name>",
    yaml: { none: "a config is for the paper's own method" },
    in: ["edit"],
    needs: ["result"],
  },
} as const satisfies Fields;

/** How a clip is inverted. */
export const METHOD = {
  steps: {
    type: { kind: "number", least: 1, most: 1000, whole: true, unit: "steps" },
    group: "Method",
    help: "DDIM steps",
    default: 50,
    symbol: "T",
    flag: "--steps <n>",
    yaml: "editing_config.num_inference_steps",
    yamlNote: "default 20",
    in: ["edit", "invert", "maps", "plan", "tune", "table1"],
    needs: ["inverting"],
    per: {
      maps: { default: 20, otherwise: "20; for a saved inversion its own" },
      tune: { group: "Training", help: "updates of the weights", default: 100, symbol: "App. A" },
    },
  },
  attend: {
    type: { kind: "frames" },
    group: "Method",
    help: 'frames that every frame\'s self-attention looks at: offsets and first, mid, last; in long scenes also spread:4, the middles of four equal parts; "none" is each for itself',
    otherwise: say`0,mid; -1,first for a tuned model or ${the("compat")}`,
    symbol: "Eq. 8",
    flag: "--attend <list>",
    yaml: "model_config.SparseCausalAttention_index",
    yamlNote: "`[]` is each frame for itself; default `[-1, first]`",
    in: ["edit", "invert", "maps", "tune", "plan"],
    needs: ["inverting"],
    per: { tune: { otherwise: "-1,first", symbol: "§3.3" } },
  },
  scenes: {
    type: { kind: "scenes" },
    group: "Method",
    help: "where scenes begin, across which no frame looks: auto finds cuts, off takes the clip as one scene, or the first frames of the scenes after the first one, counted from 0",
    otherwise: say`auto; off for a tuned model or ${the("compat")}`,
    flag: "--scenes <list>",
    yaml: "fatezero.scenes",
    yamlNote: "`auto`, `off`, or a list of frames",
    in: ["edit", "invert", "maps"],
    needs: ["inverting"],
  },
  compat: {
    type: { kind: "choice", choices: ["fatezero"] },
    group: "Method",
    help: "follow the paper's released code to the number, its square crop and its quirks included",
    flag: "--compat <code>",
    yaml: "fatezero.compat",
    yamlNote:
      "false leaves the released code's mode: this program's own reading of prompts, whole pictures, masks at any size, its presets and defaults for what is absent (50 steps, all frames); default true",
    in: ["edit", "invert", "maps", "tune", "eval"],
    per: {
      eval: {
        help: "score by CLIP as the released script does: the bottom square of a tall picture, ties count",
      },
    },
    needs: ["inverting"],
  },
} as const satisfies Fields;
