import { trainingUNet } from "./src/attention/index.ts";
import { compile, LOWERINGS } from "./src/graph/index.ts";
import { readRecorded } from "./test/fidelity/tune/recorded.ts";
import { writeFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "./src/graph/onnx/onnx_pb.ts";
for (const n of ["tune_jeep_lr1e-3"]) for (const checkpointing of [false, true]) {
  let t = performance.now();
  const r = await readRecorded("/work/shared/fixtures", n);
  console.log("read", performance.now() - t); t = performance.now();
  const g = trainingUNet(r.unet, { attend: { frames: r.attend }, groupNorm: "clip", temporal: true, textLength: 77, wordMapSites: [], asInputs: (x) => r.trainable.has(x), checkpointing });
  console.log("build", performance.now() - t); t = performance.now();
  const c = compile(g, LOWERINGS.cpu);
  console.log("compile", performance.now() - t, c.model.length, c.dataFolder);
  const m = fromBinary(ModelProtoSchema, c.model);
  const counts: Record<string, number> = {};
  for (const node of m.graph!.node) counts[node.opType] = (counts[node.opType] ?? 0) + 1;
  console.log(m.graph!.node.length, counts);
  writeFileSync(`/tmp/g_model_${checkpointing}.onnx`, c.model);
}
