/** What a job is busy with. */
export type Phase = "encode" | "invert" | "edit" | "decode";

/** What `invert` and `edit` yield while they run. */
export type ProgressEvent =
  /** A phase begins; `steps` is how many step events follow. */
  | { readonly type: "phase"; readonly phase: Phase; readonly steps: number }
  /** A step of a phase is done. `step` counts from 1; `timestep` is the diffusion timestep where there is one. */
  | {
      readonly type: "step";
      readonly phase: Phase;
      readonly step: number;
      readonly steps: number;
      readonly timestep: number | null;
      readonly seconds: number;
    }
  /** Something the user should know; the job goes on. */
  | { readonly type: "warning"; readonly code: string; readonly message: string }
  /** How the two prompts were understood (one or two readable lines). */
  | { readonly type: "plan"; readonly explanation: string };
