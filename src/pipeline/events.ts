/** What a job is busy with: `resume` looks for an earlier run's state, `prepare` encodes prompts and makes masks of predictions. */
export type Phase =
  | "resume"
  | "encode"
  | "prepare"
  | "invert"
  | "nullText"
  | "reconstruct"
  | "edit"
  | "decode"
  | "tune"
  | "atlas";

/** The phases whose work goes on where an earlier run of it stopped. */
export type LoopPhase = Extract<Phase, "invert" | "nullText" | "reconstruct" | "edit" | "tune" | "atlas">;

/** What `invert`, `nullText` and `edit` yield while they run. */
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
  /** The job goes on after this step of an earlier run of it; at `steps` nothing is left to do. */
  | {
      readonly type: "resumed";
      readonly phase: LoopPhase;
      readonly step: number;
      readonly steps: number;
    }
  /** The job ends before its time; its state after this step is kept, and the same job goes on from there. */
  | {
      readonly type: "saved";
      readonly phase: LoopPhase;
      readonly step: number;
      readonly steps: number;
    }
  /** Something the user should know; the job goes on. */
  | { readonly type: "warning"; readonly code: string; readonly message: string }
  /** How the two prompts were understood (one or two readable lines). */
  | { readonly type: "plan"; readonly explanation: string };
