import type { Device } from "../graph/index.ts";
import type { FloatTensor, HostTensor } from "../tensor/index.ts";
import type { MemoryMode } from "./types.ts";

/** Tensors by the names that they have in a model. */
export type Tensors<T extends HostTensor> = Readonly<Record<string, T>>;

/** What the parent asks of the process that computes. */
export type Request =
  | {
      readonly kind: "open";
      readonly session: number;
      readonly model: Uint8Array;
      readonly dataFolder: string | null;
      readonly device: Device;
      readonly threads: number;
      readonly memory: MemoryMode;
    }
  | { readonly kind: "run"; readonly session: number; readonly feeds: Tensors<HostTensor> }
  | { readonly kind: "dispose"; readonly session: number }
  | { readonly kind: "memory" };

/** The first message of the process that computes: whether ONNX Runtime is loaded, or why not. */
export type Hello = { readonly ready: true } | { readonly ready: false; readonly message: string };

export interface Envelope {
  readonly id: number;
  readonly request: Request;
}

export type Reply =
  | {
      readonly id: number;
      readonly ok: true;
      readonly outputs?: Tensors<FloatTensor>;
      readonly bytes?: number;
    }
  | { readonly id: number; readonly ok: false; readonly message: string };
