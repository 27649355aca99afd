import type { Phase, ProgressEvent } from "../pipeline/index.ts";
import type { Text } from "../say.ts";
import type { TuneEvent } from "../tune/index.ts";

/** What a command is busy with: the library's phases and what the command does itself. */
export type Activity = Phase | "load" | "open" | "read" | "check" | "draw" | "write";

/** What a fact is about; the last say where pictures and latents were written. */
export type FactName =
  | "replaces"
  | "model"
  | "device"
  | "method"
  | "cell"
  | "word"
  | "input"
  | "crop"
  | "size"
  | "prompt"
  | "source"
  | "mask"
  | "protect"
  | "regions"
  | "settings"
  | "needs"
  | "maps"
  | "compare"
  | "latents"
  | "live"
  | "sheet"
  | "result"
  | "trains"
  | "stopped"
  | "curve"
  | "tuned";

/** What a job reports while it runs. Plain data: a renderer can be text, a live line or JSON, in words of its own. */
export type JobEvent =
  | Exclude<ProgressEvent, { readonly type: "phase" | "step" | "warning" | "plan" }>
  | (Omit<Extract<ProgressEvent, { readonly type: "phase" }>, "phase"> & {
      readonly phase: Activity;
      /** What is opened, checked or written, where that is one thing. */
      readonly subject?: string;
    })
  | (Omit<Extract<ProgressEvent, { readonly type: "step" }>, "phase"> & { readonly phase: Activity })
  /** Something the user should know; the job goes on. */
  | { readonly type: "warning"; readonly code: string; readonly message: Text }
  /** How the two prompts were understood, in a few lines. */
  | { readonly type: "plan"; readonly explanation: Text }
  /** A model is downloaded: `bytes` of `total` are here, `file` is on its way. The first comes before any transfer. */
  | { readonly type: "download"; readonly file: string; readonly bytes: number; readonly total: number }
  /** Something that was found or chosen, before the work: what it is, and its value in words. */
  | { readonly type: "fact"; readonly name: FactName; readonly text: Text }
  /** The command line that repeats this run, every choice spelled out. */
  | { readonly type: "settings"; readonly arguments: readonly string[] }
  /** Something looks wrong with the result: what was seen, and what to turn. */
  | { readonly type: "verdict"; readonly code: string; readonly message: string; readonly remedy: Text }
  /** What `doctor` found; `remedy` is empty where nothing is to be done. */
  | {
      readonly type: "check";
      readonly name: string;
      readonly ok: boolean;
      readonly text: string;
      readonly remedy: string;
    }
  /** A step of a training: its loss, the norm of its gradients before they are clipped, and what is left. */
  | Extract<TuneEvent, { readonly type: "loss" | "heldOut" }>
  /** A clip that was drawn on the way, as a picture of its frames. */
  | { readonly type: "sample"; readonly step: number; readonly prompt: string; readonly file: string }
  /** What an edit will be, by a step's prediction, was written as a picture in place of the last one. */
  | { readonly type: "live"; readonly step: number; readonly steps: number; readonly file: string }
  /** What the whole job will take, judged by its first steps. */
  | { readonly type: "estimate"; readonly seconds: number; readonly bytes: number | null }
  /** The result is complete. */
  | { readonly type: "done"; readonly output: string; readonly seconds: number };

export type Report = (event: JobEvent) => void;
