import { describe, expect, test } from "vitest";
import { readConfig } from "./read.ts";
import { configText } from "./write.ts";

const LEAST = `
dataset_config: {path: frames, prompt: a silver jeep}
editing_config:
  editing_prompts: [a Porsche car]
  p2p_config: {0: {cross_replace_steps: {default_: 0.8}, self_replace_steps: 0.6}}
`;
const read = (more: string) => readConfig(LEAST + more, "least.yaml").config;

describe("results made of the input's own frames", () => {
  test("are asked for, and written as they were", () => {
    const config = read("fatezero: {compat: false, full_size: true, keep_rest: yes}");
    expect(config.mounted).toEqual({ fullSize: true, keepRest: true });
    expect(readConfig(configText(config, "again"), "again.yaml").config).toEqual(config);
    expect(read("fatezero: {compat: false, full_size: true}").mounted).toEqual({ fullSize: true });
  });

  test("are none where nothing asks for them", () => {
    expect(read("fatezero: {full_size: false}")).not.toHaveProperty("mounted");
    expect(read("")).not.toHaveProperty("mounted");
  });

  test("are not cut around what is edited: a config has the pixels", () => {
    expect(() => read("fatezero: {compat: false, crop: auto}")).toThrow(
      expect.objectContaining({
        code: "config-unsupported",
        message: expect.stringMatching(/line \d+: fatezero\.crop is auto/),
      }),
    );
  });

  test.each(["full_size", "keep_rest"])("%s has no place in the released code's mode", (key) => {
    expect(() => read(`fatezero: {${key}: true}`)).toThrow(
      expect.objectContaining({
        code: "config-value",
        message: expect.stringMatching(new RegExp(`line \\d+: fatezero\\.${key} has no effect`)),
      }),
    );
  });
});
