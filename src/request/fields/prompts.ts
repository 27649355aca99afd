import { say, the } from "../../say.ts";
import type { Fields } from "../field.ts";

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
    in: ["edit", "invert", "maps", "run", "tune", "eval"],
    required: ["edit", "invert", "maps", "tune", "eval"],
    per: {
      eval: { help: "what was edited: a video, or a folder of images", flag: "<source>" },
      tune: { help: "a video, or a folder of images (one per frame, by name)" },
      invert: { help: "a video, or a folder of images (one per frame, by name)" },
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
    help: "one sentence that says what the video shows (not needed for a saved inversion)",
    flag: "-s, --source <prompt>",
    yaml: "dataset_config.prompt",
    in: ["edit", "invert", "maps", "plan", "tune", "eval"],
    required: ["invert", "tune"],
    needs: ["inverting"],
    per: {
      eval: { help: "one sentence that says what the source shows, for CLIP" },
      tune: { help: "one sentence that says what the clip shows", flag: "-p, --prompt <prompt>" },
      invert: { help: "one sentence that says what the video shows" },
      plan: { help: "one sentence that says what the video shows" },
    },
  },
  target: {
    type: { kind: "text" },
    group: "Prompts",
    help: "the sentence that says what it shall show instead; (watercolor:1.5) weighs a word",
    flag: "-t, --target <prompt>",
    yaml: "editing_config.editing_prompts",
    yamlNote: "one edit each (once `prompts`)",
    in: ["edit", "plan", "eval"],
    per: { eval: { help: "one sentence that says what the edit shall show, for CLIP" } },
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
