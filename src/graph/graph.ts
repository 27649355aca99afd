import type { FloatTensor, HostTensor } from "../tensor/index.ts";
import { input } from "./ops/leaf.ts";
import type { Port, Value } from "./value.ts";

/** Ports by name. A port that only some graphs of a type have is optional there. */
export type Ports = { readonly [name: string]: Port | undefined };
/** Values by name, in the same way. */
export type Values = { readonly [name: string]: Value | undefined };

/**
 * A function from tensors to tensors. Its type tells by which names it is fed and what it gives, so a wrong name is a
 * compile error both where a graph is built and where it runs.
 */
export interface Graph<In extends Ports = Ports, Out extends Values = Values> {
  readonly inputs: In;
  readonly outputs: Out;
  /** Weights that are fed when the graph runs, because they are trained or adapted. The others stay in their files. */
  readonly weights?: Readonly<Record<string, Port>>;
  /** Set where half precision would lose what it is for, as small gradients. @default what the device was opened with */
  readonly precision?: "fp32";
}

/** What a graph is fed: a tensor for each of its inputs. */
export type Feeds<G extends Graph> = {
  readonly [N in keyof G["inputs"]]: Extract<
    HostTensor,
    { readonly dtype: NonNullable<G["inputs"][N]>["dtype"] }
  >;
};

/** What a graph gives: a tensor for each of its outputs. */
export type Outputs<G extends Graph> = { readonly [N in keyof G["outputs"]]: FloatTensor };

/** A port of float32 values, or of whole numbers. */
export function port(shape: Port["shape"]): Port<"float32">;
export function port<D extends Port["dtype"]>(shape: Port["shape"], dtype: D): Port<D>;
export function port(shape: Port["shape"], dtype: Port["dtype"] = "float32"): Port {
  return { dtype, shape };
}

/** The values that are fed at ports, under their names. */
export function inputs<In extends Ports>(ports: In): { readonly [N in keyof In]: Value } {
  const values = Object.entries(ports).map(([name, at]) => [name, at && input(name, at)]);
  return Object.fromEntries(values);
}
