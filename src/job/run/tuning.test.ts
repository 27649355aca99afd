import { expect, test } from "vitest";
import { readConfig } from "../../config/index.ts";
import { tuneOptionsOf } from "./tuning.ts";

const LEAST =
  "dataset_config: {path: frames, prompt: a silver jeep}\n" +
  "editing_config: {editing_prompts: [a Porsche car]}\n" +
  "trainer_pipeline_config: {target: video_diffusion.trainer.ddpm_trainer.DDPMTrainer}\n";

function optionsOf(more: string) {
  const { config } = readConfig(LEAST + more, "tune.yaml");
  return tuneOptionsOf(config, config.tuning!, 512);
}

test("a config that says nothing tunes as the released code does by itself", () => {
  expect(optionsOf("")).toEqual({
    prompt: "a silver jeep",
    size: 512,
    steps: 300,
    learningRate: 3e-5,
    trainModules: ["attn_temporal", ".to_q"],
    rank: "full",
    attend: [-1, "first"],
    leastChannels: 0,
    seed: 0,
    recompute: false,
    adamw: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
    compat: "fatezero",
  });
});

test("every value of a config gets to the training", () => {
  const options = optionsOf(
    "train_steps: 7\nlearning_rate: 1e-4\ntrain_temporal_conv: True\nseed: 5\ngradient_checkpointing: True\n" +
      "max_grad_norm: 0.5\nadam_beta1: 0.8\nadam_beta2: 0.9\nadam_epsilon: 1e-6\nadam_weight_decay: 0.1\n" +
      "model_config: {lora: 16, SparseCausalAttention_index: [mid], least_sc_channel: 640}\n",
  );
  expect(options).toEqual({
    prompt: "a silver jeep",
    size: 512,
    steps: 7,
    learningRate: 1e-4,
    trainModules: ["attn_temporal", ".to_q", "conv_temporal"],
    rank: 16,
    attend: ["mid"],
    leastChannels: 640,
    seed: 5,
    recompute: true,
    adamw: { beta1: 0.8, beta2: 0.9, epsilon: 1e-6, weightDecay: 0.1, maxGradNorm: 0.5 },
    compat: "fatezero",
  });
});

test("modules are a config's own, the temporal convolutions once", () => {
  const modules = "trainable_modules: [attn1.to_q, conv_temporal]\n";
  expect(optionsOf(modules).trainModules).toEqual(["attn1.to_q", "conv_temporal"]);
  expect(optionsOf(`${modules}train_temporal_conv: True`).trainModules).toEqual([
    "attn1.to_q",
    "conv_temporal",
  ]);
});

test("a file that leaves the released code's mode is tuned in this program's", () => {
  expect(optionsOf("fatezero: {compat: false}").compat).toBeUndefined();
  expect(optionsOf("fatezero: {compat: true}").compat).toBe("fatezero");
});
