import { trainingUNet, plainUNet } from "./src/attention/index.ts";
import { compile, LOWERINGS } from "./src/graph/index.ts";
import { readRecorded } from "./test/fidelity/tune/recorded.ts";
import { writeFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "./src/graph/onnx/onnx_pb.ts";
const r = await readRecorded("/work/shared/fixtures", "tune_jeep_lr1e-3");
const opts = { attend: { frames: r.attend }, groupNorm: "clip", temporal: true, textLength: 77, wordMapSites: [] } as const;
const w = (k: string, g: any) => { const m = compile(g, LOWERINGS.cpu).model; writeFileSync(`/tmp/g_${k}.onnx`, m); console.log(k, fromBinary(ModelProtoSchema, m).graph!.node.length); };
w("plain", plainUNet(r.unet, opts));
for (const [k, pat] of [["a", /up_blocks.3.*to_q/], ["c", /up_blocks.2.*to_q/],["d", /up_blocks.*to_q/]] as const)
  w(k, trainingUNet(r.unet, { ...opts, asInputs: (x) => r.trainable.has(x) && pat.test(x) }));
