import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

/** Where no sentence is given. */
const DESCRIBED = say`the clip is described, as ${the("captioner")} says`;
const FOUND = say`that of a saved inversion; else ${DESCRIBED}`;

/** What is edited, and the sentences. */
export const PROMPTS = {
  config: {
    type: { kind: "path" },
    group: "Input",
    help: "the YAML file",
    flag: "<config>",
    yaml: { none: "it is the file itself" },
    in: ["run"],
    required: ["run"],
  },
  input: {
    type: { kind: "path" },
    group: "Input",
    help: "a video, a folder of images (one per frame, by name), or a saved inversion (.safetensors)",
    flag: "<input>",
    yaml: "dataset_config.path",
    in: ["edit", "invert", "maps", "run", "plan", "tune", "eval", "describe"],
    required: ["edit", "invert", "maps", "tune", "eval", "describe"],
    // A clip is described, and a saved inversion has its sentence.
    insteadOf: ["source"],
    per: {
      eval: { help: "what was edited: a video, or a folder of images", flag: "<source>" },
      tune: { help: "a video, or a folder of images (one per frame, by name)" },
      describe: { help: "a video, or a folder of images (one per frame, by name)" },
      invert: { help: "a video, or a folder of images (one per frame, by name)" },
      plan: {
        help: "a video, a folder of images or a saved inversion: the plan then tells what an edit of it takes, too",
        flag: "[input]",
      },
      run: {
        group: "In place of the config's",
        help: "a folder of images, a video or a saved inversion",
        otherwise: "dataset_config.path",
        flag: "--input <path>",
      },
    },
  },
  source: {
    type: { kind: "text" },
    group: "Prompts",
    help: "one sentence that says what the video shows",
    flag: "-s, --source <prompt>",
    yaml: "dataset_config.prompt",
    in: ["edit", "invert", "maps", "plan", "tune", "eval"],
    needs: ["inverting"],
    per: {
      eval: { help: "one sentence that says what the source shows, for CLIP" },
      edit: { otherwise: FOUND },
      maps: { otherwise: FOUND },
      tune: {
        help: "one sentence that says what the clip shows",
        otherwise: DESCRIBED,
        flag: "-p, --prompt <prompt>",
      },
      invert: { otherwise: DESCRIBED },
    },
  },
  captioner: {
    type: { kind: "path" },
    group: "Prompts",
    help: say`what describes the clip where ${the("source")} is left out: a captioning BLIP, as a hub id such as Salesforce/blip-image-captioning-base, which is downloaded, or a folder; "tinytown" for its own scenes`,
    otherwise:
      "the model itself, if it lists its sentences, as tinytown does; else that BLIP, if it is in the cache",
    flag: "--captioner <name>",
    yaml: { none: "a config names its prompt" },
    in: ["edit", "invert", "maps", "tune"],
    needs: ["clip"],
  },
  target: {
    type: { kind: "targets" },
    group: "Prompts",
    help: "the sentence that says what it shall show instead; (watercolor:1.5) weighs a word. Given several times it is an edit each, of one inversion",
    flag: "-t, --target <prompt>",
    yaml: "editing_config.editing_prompts",
    yamlNote: "one edit each (once `prompts`)",
    in: ["edit", "plan", "eval"],
    per: {
      eval: { type: { kind: "text" }, help: "one sentence that says what the edit shall show, for CLIP" },
      plan: {
        help: "the sentence that says what it shall show instead; (watercolor:1.5) weighs a word. Given several times it is a plan each",
      },
    },
  },
  pairs: {
    type: { kind: "path" },
    group: "Prompts",
    help: say`many at once, in place of ${the("source")} and ${the("target")}: a JSON file with an array of {"source": …, "target": …}`,
    flag: "--pairs <file>",
    yaml: { none: "a config names its own prompts" },
    in: ["plan"],
    insteadOf: ["source", "target"],
  },
} as const satisfies Fields;
