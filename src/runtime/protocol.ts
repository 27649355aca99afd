import type { HostTensor } from "../tensor/index.ts";
import type { Feeds, MemoryMode, Outputs } from "./types.ts";

/** What the parent asks of the process that computes. */
export type Request =
  | {
      readonly kind: "open";
      readonly session: number;
      readonly model: Uint8Array;
      readonly dataFolder: string | null;
      readonly threads: number;
      readonly memory: MemoryMode;
    }
  | { readonly kind: "run"; readonly session: number; readonly feeds: Feeds }
  | { readonly kind: "dispose"; readonly session: number }
  | { readonly kind: "memory" };

export interface Envelope {
  readonly id: number;
  readonly request: Request;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly outputs?: Outputs; readonly bytes?: number }
  | { readonly id: number; readonly ok: false; readonly message: string };

/** Elements a tensor must have by its shape; guards both ends of the channel. */
export function describe(tensor: HostTensor): string {
  return `${tensor.dtype} [${tensor.shape.join(", ")}]`;
}
