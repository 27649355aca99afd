/** What a browser's program takes of the method: every floor below `job/`. The engine and the files are its own. */
export * as attention from "../../src/attention/index.ts";
export * as checkpoint from "../../src/checkpoint/index.ts";
export * as diffusion from "../../src/diffusion/index.ts";
export * as edit from "../../src/edit/index.ts";
export * as files from "../../src/files/index.ts";
export * as graph from "../../src/graph/index.ts";
export * as hub from "../../src/hub/index.ts";
export * as judge from "../../src/judge/index.ts";
export * as metrics from "../../src/metrics/index.ts";
export * as model from "../../src/model/index.ts";
export * as picture from "../../src/picture/index.ts";
export * as pipeline from "../../src/pipeline/index.ts";
export * as prompt from "../../src/prompt/index.ts";
export * as resume from "../../src/resume/index.ts";
export * as runtime from "../../src/runtime/index.ts";
export * as tensor from "../../src/tensor/index.ts";
export * as video from "../../src/video/index.ts";
