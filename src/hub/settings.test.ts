import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { hubSettings } from "./settings.node.ts";

const HOME = resolve("/home/ann");
const cacheOf = (env: Record<string, string>): string => hubSettings(env, HOME).cache;

describe("the environment", () => {
  test.each<[string, Record<string, string>, string]>([
    ["nothing", {}, "/home/ann/.cache/huggingface/hub"],
    ["XDG_CACHE_HOME", { XDG_CACHE_HOME: "/xdg" }, "/xdg/huggingface/hub"],
    ["HF_HOME", { HF_HOME: "~/hf", XDG_CACHE_HOME: "/xdg" }, "/home/ann/hf/hub"],
    ["HUGGINGFACE_HUB_CACHE", { HUGGINGFACE_HUB_CACHE: "/old", HF_HOME: "/hf" }, "/old"],
    ["HF_HUB_CACHE", { HF_HUB_CACHE: "/new", HUGGINGFACE_HUB_CACHE: "/old" }, "/new"],
    ["another variable in it", { HF_HOME: "$SCRATCH/hf", SCRATCH: "/disk" }, "/disk/hf/hub"],
    ["an empty one", { HF_HOME: "" }, "/home/ann/.cache/huggingface/hub"],
  ])("with %s says where the cache is", (_, env, cache) => {
    expect(cacheOf(env)).toBe(resolve(cache));
  });

  test("says whom to ask", () => {
    expect(hubSettings({}).endpoint).toBe("https://huggingface.co");
    expect(hubSettings({ HF_ENDPOINT: "https://hf-mirror.com/" }).endpoint).toBe("https://hf-mirror.com");
    expect(() => hubSettings({ HF_ENDPOINT: "hf-mirror.com" })).toThrow(
      'HF_ENDPOINT is "hf-mirror.com", which is no web address.',
    );
  });

  test("says who asks", () => {
    expect(hubSettings({ HF_TOKEN: " hf_a\r\n" })).toMatchObject({ token: "hf_a" });
    expect(hubSettings({ HUGGING_FACE_HUB_TOKEN: "hf_b" })).toMatchObject({ token: "hf_b" });
    expect(hubSettings({ HF_HOME: "/hf" })).toMatchObject({ token: null, tokenFile: resolve("/hf/token") });
    expect(hubSettings({ HF_TOKEN_PATH: "/t" })).toMatchObject({ tokenFile: resolve("/t") });
    expect(hubSettings({ HF_HUB_DISABLE_IMPLICIT_TOKEN: "1" })).toMatchObject({ tokenFile: null });
  });

  test.each([
    ["1", true],
    ["on", true],
    ["Yes", true],
    ["TRUE", true],
    ["0", false],
    ["", false],
    ["no", false],
  ])("HF_HUB_OFFLINE=%s", (value, offline) => {
    expect(hubSettings({ HF_HUB_OFFLINE: value })).toMatchObject({ offline });
  });

  test("says how long to wait, in seconds", () => {
    expect(hubSettings({})).toMatchObject({ stallMs: 10_000 });
    expect(hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: "30" })).toMatchObject({ stallMs: 30_000 });
    expect(hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: "0" })).toMatchObject({ stallMs: 10_000 });
    expect(hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: " 86400 " })).toMatchObject({ stallMs: 86_400_000 });
  });

  test.each(["soon", "-1", "Infinity", "NaN", "1e30", "2147484", "86401", "10s"])(
    "refuses to wait %s",
    (value) => {
      expect(() => hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: value })).toThrow(
        `HF_HUB_DOWNLOAD_TIMEOUT is "${value}", which is no number of seconds up to 86400.`,
      );
    },
  );

  test("keeps a password in HF_ENDPOINT to itself", () => {
    const settings = () => hubSettings({ HF_ENDPOINT: "https://ann:s3cret@mirror" });
    expect(settings).toThrow("HF_ENDPOINT has a user or password");
    expect(settings).not.toThrow("s3cret");
  });
});
