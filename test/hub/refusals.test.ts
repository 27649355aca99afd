import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pipelineFiles } from "../support/hub-files.ts";
import { type Fault, type Mirror, startMirror } from "../support/hub-mirror.ts";
import { type Home, homeFor, pull, treeOf } from "./cache.ts";

let mirror: Mirror;
let home: Home;
beforeEach(async () => {
  mirror = await startMirror(pipelineFiles());
  home = await homeFor(mirror);
});
afterEach(() => mirror.close());

const refusal = (status: number, code?: string, message?: string): Fault => ({
  type: "status",
  status,
  headers: {
    ...(code === undefined ? {} : { "x-error-code": code }),
    ...(message === undefined ? {} : { "x-error-message": message }),
  },
});

/** What is asked for, the hub's answer, whether a token is sent, code and message of the error. */
const CASES: readonly (readonly [
  string,
  RegExp,
  Fault,
  "token" | null,
  string,
  (endpoint: string) => string,
])[] = [
  [
    "gated, without a token",
    /unet\/config\.json/,
    refusal(401, "GatedRepo", "Access to model town/tiny is restricted."),
    null,
    "hub-gated",
    (at) =>
      `"town/tiny" is gated: it is given only to those who accept its licence. Accept it at ${at}/town/tiny, and set HF_TOKEN to a token of that account (${at}/settings/tokens).`,
  ],
  [
    "gated, with a token of another account",
    /unet\/config\.json/,
    refusal(403, "GatedRepo"),
    "token",
    "hub-gated",
    (at) =>
      `"town/tiny" is gated: it is given only to those who accept its licence. Accept it at ${at}/town/tiny with the account whose token HF_TOKEN holds.`,
  ],
  [
    "private or missing, without a token",
    /revision/,
    refusal(401, "RepoNotFound"),
    null,
    "hub-not-found",
    (at) =>
      `There is no model "town/tiny" at ${at}, or it is private. Check its spelling; for a private one set HF_TOKEN to a token that may read it.`,
  ],
  [
    "private or missing, with a token",
    /revision/,
    refusal(404, "RepoNotFound"),
    "token",
    "hub-not-found",
    (at) =>
      `There is no model "town/tiny" at ${at}, or it is private. Check its spelling; for a private one the token of HF_TOKEN must be allowed to read it.`,
  ],
  [
    "a token that is not accepted",
    /revision/,
    refusal(401, undefined, "Invalid credentials in Authorization header"),
    "token",
    "hub-token",
    (at) =>
      `${at} does not accept the token of HF_TOKEN: Invalid credentials in Authorization header. Give a valid one (${at}/settings/tokens), or none: public models need none.`,
  ],
  [
    "forbidden",
    /tree/,
    refusal(403, undefined, "Access to this resource is disabled."),
    null,
    "hub-forbidden",
    (at) =>
      `${at} refuses access to "town/tiny": Access to this resource is disabled. Set HF_TOKEN to a token that may read it.`,
  ],
  [
    "a file that is listed and not there",
    /vae\/config\.json/,
    refusal(404, "EntryNotFound"),
    null,
    "hub-file-missing",
    (at) =>
      `"town/tiny" lists vae/config.json, but ${at} does not have it (404). Try again later, or name another revision: owner/name@revision.`,
  ],
  [
    "something else",
    /tree/,
    refusal(418, undefined, "I'm a teapot"),
    null,
    "hub-answer",
    (at) =>
      `${at} answers with status 418 when asked for the files of "town/tiny": I'm a teapot. Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.`,
  ],
  [
    "no JSON",
    /revision/,
    { type: "text", text: "<html>" },
    null,
    "hub-answer",
    (at) =>
      `${at} answers with something else than a commit of "town/tiny". Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it.`,
  ],
  [
    "JSON of something else",
    /tree/,
    { type: "text", text: '[{"type":"file","path":"unet/config.json","size":3,"oid":"../../x"}]' },
    null,
    "hub-answer",
    (at) =>
      `The list of files of "town/tiny" at ${at} gives "unet/config.json" the hash "../../x". Check that HF_ENDPOINT is a Hugging Face hub or a mirror of it, and what the repository holds.`,
  ],
];

describe("a refusal says what to do:", () => {
  test.each(CASES)("%s", async (_, path, fault, token, code, message) => {
    mirror.fault(path, fault);
    const own = token ? await homeFor(mirror, { HF_TOKEN: "hf_secret" }) : home;
    await expect(pull(mirror, own)).rejects.toMatchObject({ code, message: message(mirror.endpoint) });
    const tree = await treeOf(own.model);
    expect(Object.keys(tree).filter((name) => /refs|incomplete/.test(name) && tree[name] !== 0)).toEqual([]);
  });

  test("a model that is not there", async () => {
    await expect(pull(mirror, home, { id: "town/tinny" })).rejects.toMatchObject({
      code: "hub-not-found",
      message: expect.stringContaining('There is no model "town/tinny" at'),
    });
  });

  test("a revision that is not there, even where another is cached", async () => {
    await pull(mirror, home);
    await expect(pull(mirror, home, { revision: "fp16" })).rejects.toMatchObject({
      code: "hub-revision",
      message: `"town/tiny" has no revision "fp16". ${mirror.endpoint}/town/tiny/tree/main lists its branches and tags; without "@fp16" it is main.`,
    });
  });

  test.each(["../evil", "town/../evil", "town", "town/a--b"])(
    "the id %s, without any request",
    async (id) => {
      await expect(pull(mirror, home, { id })).rejects.toMatchObject({ code: "hub-id" });
      expect(mirror.log).toEqual([]);
    },
  );
});

describe("the token", () => {
  test.each(["hf_se cret", "“hf_secret”"])("must be one: %s, and is not repeated", async (value) => {
    const own = await homeFor(mirror, { HF_TOKEN: value });
    const error: Error = await pull(mirror, own).then(
      () => expect.fail("nothing was thrown"),
      (reason) => reason,
    );
    expect(error.message).toMatch(
      /^The access token in HF_TOKEN has blanks or characters that no token has\./,
    );
    expect(error.message).not.toContain("secret");
    expect(mirror.log).toEqual([]);
  });

  test.each<[string, (folder: string) => Promise<Record<string, string>>]>([
    ["of HF_TOKEN", async () => ({ HF_TOKEN: "hf_secret\n" })],
    [
      "of the file that a login writes",
      async (folder) => {
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, "token"), "hf_secret\n");
        return {};
      },
    ],
  ])("%s goes to the hub, and not to the server that it sends us to", async (_, prepare) => {
    const own = await homeFor(mirror, await prepare(home.folder));
    await pull(mirror, { ...own, env: { ...own.env, HF_HOME: home.folder } });
    const of = (server: string) =>
      new Set(
        mirror.log.filter((entry) => entry.server === server).map(({ authorization }) => authorization),
      );
    expect(of("hub")).toEqual(new Set(["Bearer hf_secret"]));
    expect(of("storage")).toEqual(new Set([undefined]));
  });
});

test("a hub that redirects for ever is left", async () => {
  const server = createServer((request, response) => {
    response.writeHead(302, { location: request.url }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { ...home.env, HF_ENDPOINT: endpoint };
  await expect(pull(mirror, { ...home, env })).rejects.toThrow("redirects more than 5 times");
  server.close();
});
