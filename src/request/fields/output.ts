import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

/** What of the input a result is made of, beside the edit. */
export const MOUNTED = {
  fullSize: {
    type: { kind: "flag" },
    group: "Output",
    help: say`write the result at the input's own size: the edit, enlarged, is put into the original frames, whose pixels stay outside its mask and where ${the("crop")} cut off. Of an edit of everything nothing else is left`,
    otherwise: "the result has the size that the model works at",
    flag: "--full-size",
    yaml: "fatezero.full_size",
    yamlNote: "where compat is false",
    in: ["edit"],
    needs: ["result"],
  },
  keepRest: {
    type: { kind: "flag" },
    group: "Output",
    help: say`write all frames of the input: those before and after the chosen ones (${the("from")}, ${the("to")}, ${the("start")}, ${the("frames")}) as they are, with the sound of the whole`,
    otherwise: "the chosen frames alone",
    flag: "--keep-rest",
    yaml: "fatezero.keep_rest",
    yamlNote: "where compat is false; not with a `sampling_rate` above 1",
    in: ["edit"],
    needs: ["result"],
  },
} as const satisfies Fields;

/** Where results go, and what is shown beside them. */
export const OUTPUT = {
  out: {
    type: { kind: "path" },
    group: "Output",
    help: 'where the result goes: a video (.mp4 .mov .mkv .webm .gif .webp .apng), a folder of lossless images (00000.png …) when it ends in "/", or an image (.png .jpg .webp) for a single frame. Several edits have names made of it: out.mp4 -> out-1-blue.mp4, out/ -> out/1-blue.mp4',
    flag: "-o, --out <path>",
    yaml: "fatezero.output",
    yamlNote:
      "the name of a single prompt's results in place of the number and the prompt; its extension says the format of the video",
    in: ["edit", "invert", "maps", "run", "tune", "table1", "rank"],
    required: ["edit", "invert", "maps", "run", "tune", "table1"],
    per: {
      table1: {
        help: "where the results go: table.txt, table.md and table.json, a picture of each clip, and the frames of every method",
        flag: "-o, --out <folder>",
      },
      tune: {
        help: say`where the tuned model goes: a folder; with ${the("delta")} a .safetensors file; with ${the("thenEdit")} the edited video`,
      },
      rank: {
        help: "where the page goes",
        otherwise: "rank.html in the folder",
        flag: "-o, --out <file.html>",
      },
      invert: {
        help: "where the inversion goes: a file that ends in .safetensors",
        flag: "-o, --out <file>",
      },
      maps: {
        help: "where the pictures go: overview.png and one picture per word",
        flag: "-o, --out <folder>",
      },
      run: {
        help: "where the results go: for every prompt a video, a folder of its frames and its settings, and one contact-sheet.png",
        flag: "-o, --out <folder>",
      },
    },
  },
  audio: {
    type: { kind: "flag" },
    group: "Output",
    help: "leave the sound out",
    otherwise: "it is copied when the result is as long as the part of the video it is from",
    flag: "--no-audio",
    yaml: "fatezero.audio",
    yamlNote: "false leaves the sound out",
    in: ["edit"],
    needs: ["result"],
  },
  sound: {
    type: { kind: "path" },
    group: "Output",
    help: "the video whose sound goes along with the edit of a saved inversion: the one that was inverted",
    otherwise: "that video, if it lies beside the inversion and is unchanged",
    flag: "--sound <file>",
    yaml: { none: "it names a file for one run, which fatezero run takes too" },
    in: ["edit", "run"],
    needs: ["result"],
  },
  ...MOUNTED,
  preview: {
    type: { kind: "flag" },
    group: "Seeing",
    help: say`only a quick look: 4 frames in 10 steps (unless ${the("steps")}), drawn as one picture of source, result and mask. It goes to OUT if that is .png or .jpg, else beside it: blue.mp4 -> blue.preview.png`,
    flag: "--preview",
    yaml: { none: "it shows fewer frames in fewer steps" },
    in: ["edit"],
  },
  compare: {
    type: { kind: "path" },
    group: "Seeing",
    help: say`also write source and result side by side: a video (.mp4 .gif .webp …), a folder or an image, as for ${the("out")}`,
    flag: "--compare <file>",
    yaml: { none: "it writes a picture beside the result" },
    in: ["edit"],
    needs: ["result"],
  },
  saveMaps: {
    type: { kind: "path" },
    group: "Seeing",
    help: "also draw what the model attends to for each word of the source, and the masks it used, as pictures over the frames",
    flag: "--save-maps <folder>",
    yaml: { none: "it writes pictures beside the result" },
    in: ["edit", "invert"],
    needs: ["result"],
  },
  mapsEvery: {
    type: { kind: "number", least: 1, whole: true, unit: "steps" },
    group: "Seeing",
    help: say`with ${the("saveMaps")}: beside the average draw every n-th step by itself`,
    default: 10,
    flag: "--maps-every <n>",
    yaml: { none: "it belongs to the maps" },
    in: ["edit", "invert", "maps"],
    needs: ["result", "saveMaps"],
    per: {
      maps: { group: "Output", help: "beside the average draw every n-th step by itself", default: 5 },
    },
  },
  saveLatents: {
    type: { kind: "path" },
    group: "Seeing",
    help: "also save the latents of every step, source and edit [T+1, F, C, h, w], as .safetensors, to compare implementations",
    flag: "--save-latents <file>",
    yaml: { none: "it writes latents beside the result" },
    in: ["edit"],
    needs: ["result"],
  },
  live: {
    type: { kind: "path" },
    group: "Seeing",
    help: "show on the way what the edit will be: a picture of 4 of its frames (.png .jpg), replaced as the steps go on",
    flag: "--live <file>",
    yaml: { none: "it writes a picture beside the result" },
    in: ["edit"],
    needs: ["result"],
  },
  liveEvery: {
    type: { kind: "number", least: 1, whole: true, unit: "steps" },
    group: "Seeing",
    help: say`with ${the("live")}: steps between two pictures`,
    default: 5,
    flag: "--live-every <n>",
    yaml: { none: "it belongs to the live picture" },
    in: ["edit"],
    needs: ["result", "live"],
  },
  liveVae: {
    type: { kind: "path" },
    group: "Seeing",
    help: say`with ${the("live")}: the VAE that decodes the pictures, named as for ${the("vae")}; a tiny one such as madebyollin/taesd is quick`,
    otherwise: "the one of the result",
    flag: "--live-vae <name>",
    yaml: { none: "it belongs to the live picture" },
    in: ["edit"],
    needs: ["result", "live"],
  },
} as const satisfies Fields;

/** How the work is done, not what comes out. */
export const OTHER = {
  download: {
    type: { kind: "flag" },
    group: "Other",
    help: say`download the models that only the config names from the hub; without it they are taken from the cache. What ${the("model")} and ${the("vae")} name is downloaded anyway`,
    flag: "--download",
    yaml: { none: "a file cannot ask for it" },
    in: ["run"],
  },
  resume: {
    type: { kind: "flag" },
    group: "Other",
    help: "neither keep the state of this run nor go on from an earlier one",
    otherwise: "a run that was stopped goes on where it was",
    flag: "--no-resume",
    yaml: { none: "it says whether the state of the run is kept" },
    in: ["edit", "invert", "run", "tune", "table1"],
    needs: ["result"],
    per: { table1: { help: "make every edit anew, and go on from none of an earlier run" } },
  },
} as const satisfies Fields;
