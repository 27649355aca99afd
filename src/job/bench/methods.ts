import { BASELINES, type BaselineMethod } from "../../baselines/index.ts";
import type { EditRequest } from "../../request/index.ts";
import { say, the } from "../../say.ts";
import { usageError } from "../usage.ts";

/** What a method is called in the table, and how `edit` is asked for it. */
interface BenchMethod {
  readonly title: string;
  readonly request: Pick<
    EditRequest,
    "method" | "compat" | "attend" | "fuseFrom" | "fuseLayers" | "selfSteps" | "maskWords"
  >;
  /** Whether it knows no guidance scale of the model's own, and takes that of the default. */
  readonly takesGuidance?: true;
}

const baseline = (method: BaselineMethod): BenchMethod => ({
  title: BASELINES[method].title,
  request: { method },
});

/** Everything that can be compared: the paper's method as it is here and as released, its ablations, and other methods. */
export const BENCH_METHODS = {
  fatezero: { title: "FateZero, as it is here by default", request: {} },
  "fatezero-compat": {
    title: "FateZero, as its authors released it",
    request: { compat: "fatezero" },
    takesGuidance: true,
  },
  ddim: baseline("ddim"),
  sdedit: baseline("sdedit"),
  "null-text-p2p": baseline("null-text-p2p"),
  "tune-a-video": baseline("tune-a-video"),
  atlas: baseline("atlas"),
  "fuse-reconstruction": {
    title: "FateZero with the attention of a reconstruction (Fig. 3, 8)",
    request: { fuseFrom: "reconstruction" },
  },
  "no-self-fusion": {
    title: "FateZero without the fusion of self-attention (Fig. 4, 9)",
    request: { selfSteps: 0 },
  },
  "no-mask": {
    title: "FateZero with the whole of the source's self-attention (Fig. 4, 9)",
    request: { maskWords: "none" },
  },
  "attend-own": { title: "FateZero, each frame looking at itself (Eq. 8)", request: { attend: [] } },
  "attend-mid": { title: "FateZero, frames looking at the middle one", request: { attend: ["mid"] } },
  "attend-previous": {
    title: "FateZero, frames looking at the one before and the first, as Tune-A-Video",
    request: { attend: [-1, "first"] },
  },
  "attend-four": {
    title: "FateZero, frames looking at themselves, the first, the middle and the last",
    request: { attend: [0, "first", "mid", "last"] },
  },
  "all-layers": {
    title: "FateZero with the large layers fused too (Alg. 2)",
    request: { fuseLayers: "all" },
  },
} as const satisfies Readonly<Record<string, BenchMethod>>;

export type BenchMethodName = keyof typeof BENCH_METHODS;

export const takesGuidance = (name: BenchMethodName): boolean =>
  (BENCH_METHODS[name] as BenchMethod).takesGuidance ?? false;

/** What the paper's Table 1 compares. */
const TABLE1_METHODS: readonly BenchMethodName[] = [
  "null-text-p2p",
  "sdedit",
  "atlas",
  "tune-a-video",
  "ddim",
  "fatezero-compat",
  "fatezero",
];

const isBenchMethod = (name: string): name is BenchMethodName => Object.hasOwn(BENCH_METHODS, name);

/** The methods that are named, or those of Table 1. Throws a usage error. */
export function chosenMethods(names: readonly string[] | undefined): readonly BenchMethodName[] {
  if (names === undefined) return TABLE1_METHODS;
  return [...new Set(names)].map((name) => {
    if (isBenchMethod(name)) return name;
    throw usageError(
      say`${the("methods", name)} is no method.`,
      `There are ${Object.keys(BENCH_METHODS).join(", ")}.`,
    );
  });
}
