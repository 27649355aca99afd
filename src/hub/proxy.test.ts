import { describe, expect, test } from "vitest";
import { proxyFor } from "./proxy.node.ts";

const HUB = new URL("https://huggingface.co/api/models/x/y");
const originFor = (env: Record<string, string>, url = HUB): string | null =>
  proxyFor(url, env)?.origin ?? null;

describe("the proxy of a request", () => {
  test.each<[string, Record<string, string>, string, string | null, string | null]>([
    ["none", {}, HUB.href, null, null],
    ["HTTPS_PROXY", { HTTPS_PROXY: "http://p:3128" }, HUB.href, "http://p:3128", "HTTPS_PROXY"],
    [
      "https_proxy first",
      { HTTPS_PROXY: "http://q:1", https_proxy: "http://p:3128/" },
      HUB.href,
      "http://p:3128",
      "https_proxy",
    ],
    ["an empty one", { https_proxy: "", ALL_PROXY: "http://p:1" }, HUB.href, null, null],
    ["no scheme", { HTTPS_PROXY: "p.corp:3128" }, HUB.href, "http://p.corp:3128", "HTTPS_PROXY"],
    ["another protocol", { HTTP_PROXY: "http://p:1" }, HUB.href, null, null],
    ["the same protocol", { HTTP_PROXY: "http://p:1" }, "http://mirror/x", "http://p:1", "HTTP_PROXY"],
    ["ALL_PROXY", { ALL_PROXY: "https://p:1" }, HUB.href, "https://p:1", "ALL_PROXY"],
    [
      "all_proxy after its own",
      { all_proxy: "http://q:1", HTTPS_PROXY: "http://p:1" },
      HUB.href,
      "http://p:1",
      "HTTPS_PROXY",
    ],
  ])("with %s", (_, env, url, origin, variable) => {
    const proxy = proxyFor(new URL(url), env);
    expect(proxy?.origin ?? null).toBe(origin);
    expect(proxy?.variable ?? null).toBe(variable);
  });

  test.each([
    ["*", HUB.href, true],
    ["huggingface.co", HUB.href, true],
    ["HuggingFace.co", HUB.href, true],
    ["huggingface.co", "https://cdn.huggingface.co/x", true],
    [".huggingface.co", "https://cdn.huggingface.co/x", true],
    ["*.huggingface.co", "https://cdn.huggingface.co/x", true],
    ["huggingface.co", "https://nothuggingface.co/x", false],
    ["face.co", HUB.href, false],
    ["localhost, huggingface.co", HUB.href, true],
    ["localhost huggingface.co", HUB.href, true],
    ["huggingface.co:443", HUB.href, true],
    ["huggingface.co:8443", HUB.href, false],
    ["mirror:8443", "https://mirror:8443/x", true],
    ["127.0.0.1", "https://127.0.0.1:8000/x", true],
    ["10.0.0.0/8", "https://10.20.30.40/x", true],
    ["10.0.0.0/8", "https://11.20.30.40/x", false],
    ["10.0.0.0/99", "https://10.20.30.40/x", false],
    ["::1", "https://[::1]:8000/x", true],
    ["[::1]:8000", "https://[::1]:8000/x", true],
    ["fe80::/10", "https://[fe80::1]/x", true],
    ["", HUB.href, false],
    [",", HUB.href, false],
  ])("with NO_PROXY %j for %s: directly is %s", (exempt, url, isDirect) => {
    const env = { HTTPS_PROXY: "http://p:1", NO_PROXY: exempt };
    expect(originFor(env, new URL(url))).toBe(isDirect ? null : "http://p:1");
    expect(originFor({ ...env, NO_PROXY: "huggingface.co", no_proxy: exempt }, new URL(url))).toBe(
      isDirect ? null : "http://p:1",
    );
  });

  test.each([
    ["http://ann:se%40cret@p:1", "ann:se@cret"],
    ["http://ann:50%25@p:1", "ann:50%"],
    ["http://ann:50%@p:1", "ann:50%"],
    ["http://ann@p:1", "ann:"],
    ["ann:w%C3%B6rd@p:1", "ann:wörd"],
  ])("with user and password in %s", (value, user) => {
    const proxy = proxyFor(HUB, { HTTPS_PROXY: value })!;
    expect(proxy.origin).toBe("http://p:1");
    expect(proxy.token).toBe(`Basic ${Buffer.from(user).toString("base64")}`);
  });

  test.each([
    ["http://ann:secret@p:port", "HTTPS_PROXY holds no address"],
    ["socks5://ann:secret@p:1080", "HTTPS_PROXY names a proxy that speaks socks5"],
    ["http://", "HTTPS_PROXY holds no address"],
  ])("is refused where it is %s, without its password", (value, said) => {
    expect(() => proxyFor(HUB, { HTTPS_PROXY: value })).toThrow(said);
    expect(() => proxyFor(HUB, { HTTPS_PROXY: value })).not.toThrow("secret");
    expect(originFor({ HTTPS_PROXY: value, NO_PROXY: "*" })).toBeNull();
  });
});
