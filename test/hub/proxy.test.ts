import { readFile } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { fixture } from "../support/fixtures.ts";
import { filesOfFolder } from "../support/hub-files.ts";
import { type Mirror, startMirror } from "../support/hub-mirror.ts";
import { startProxy, type TestProxy } from "../support/proxy.ts";
import { type Home, homeFor, pull } from "./cache.ts";

let mirror: Mirror;
const open: { close(): Promise<void> }[] = [];
const kept = <T extends { close(): Promise<void> }>(one: T): T => {
  open.push(one);
  return one;
};
beforeEach(async () => {
  mirror = kept(await startMirror(filesOfFolder("models/tinytown"), { lfsAbove: 1e9 }));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const address = ({ port }: TestProxy, user = ""): string => `http://${user}127.0.0.1:${port}`;

test("a download goes through the proxy", async () => {
  const proxy = kept(await startProxy());
  const { files } = await pull(mirror, await homeFor(mirror, { HTTP_PROXY: address(proxy) }));
  expect(proxy.log.length).toBe(mirror.log.length);
  expect(proxy.log.length).toBeGreaterThan(files.length);
  expect(proxy.log[0]).toMatch(/^GET http:\/\/127\.0\.0\.1:\d+\/api\/models\/town\/tiny/);
});

test("hosts of NO_PROXY are asked directly", async () => {
  const proxy = kept(await startProxy());
  await pull(mirror, await homeFor(mirror, { HTTP_PROXY: address(proxy), NO_PROXY: "localhost,127.0.0.1" }));
  expect(proxy.log).toEqual([]);
});

test("user and password are sent to the proxy, not to the hub", async () => {
  const proxy = kept(await startProxy({ user: "ann:s@cret" }));
  await pull(mirror, await homeFor(mirror, { all_proxy: address(proxy, "ann:s%40cret@") }));
  expect(proxy.log.length).toBe(mirror.log.length);
  expect(mirror.log.every(({ authorization }) => authorization === undefined)).toBe(true);
});

test("a proxy that asks for another password is told, without the one it got", async () => {
  const proxy = kept(await startProxy({ user: "ann:other" }));
  const home = await homeFor(mirror, { HTTP_PROXY: address(proxy, "ann:s3cret@") });
  const error = (await pull(mirror, home).catch((reason: Error) => reason)) as Error;
  expect(error).toMatchObject({ code: "hub-proxy" });
  expect(error.message).toContain(
    `HTTP_PROXY names (${address(proxy)}) asks for another user or password (status 407)`,
  );
  expect(error.message).not.toContain("s3cret");
  expect(proxy.log).toHaveLength(1);
  expect(mirror.log).toEqual([]);
});

test("a proxy that nobody is at is named by its variable, without its password", async () => {
  const proxy = await startProxy();
  await proxy.close();
  const home = await homeFor(mirror, { HTTP_PROXY: address(proxy, "ann:s3cret@") });
  const error = (await pull(mirror, home).catch((reason: Error) => reason)) as Error;
  expect(error).toMatchObject({ code: "hub-unreachable" });
  expect(error.message).toContain(`the proxy that HTTP_PROXY names (${address(proxy)}) brings no answer`);
  expect(error.message).not.toContain("s3cret");
});

/** The mirror behind TLS. */
async function encrypted(): Promise<{ readonly endpoint: string; readonly close: () => Promise<void> }> {
  const [key, cert] = await Promise.all(
    ["key", "crt"].map((end) => readFile(fixture(`tls/localhost.${end}`))),
  );
  const server = createServer({ key, cert }, (asked, answer) => {
    const onward = plainRequest(`${mirror.endpoint}${asked.url}`, { headers: asked.headers }, (reply) => {
      answer.writeHead(reply.statusCode!, reply.headers);
      reply.pipe(answer);
    });
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return kept({ endpoint: `https://localhost:${(server.address() as AddressInfo).port}`, close });
}

const overTls = (home: Home, endpoint: string, proxy: string) => ({
  ...home.env,
  HF_ENDPOINT: endpoint,
  NODE_EXTRA_CA_CERTS: fixture("tls/localhost.crt"),
  HTTPS_PROXY: proxy,
});

test("an encrypted hub is reached through a tunnel", async () => {
  const { endpoint } = await encrypted();
  const proxy = kept(await startProxy({ user: "ann:s3cret" }));
  const home = await homeFor(mirror);
  const env = overTls(home, endpoint, address(proxy, "ann:s3cret@"));
  const pulled = await runCli(["models", "pull", mirror.id], env);
  expect(pulled.stderr).toContain("town/tiny is complete");
  expect(pulled.code).toBe(0);
  expect(new Set(proxy.log)).toEqual(new Set([`CONNECT ${new URL(endpoint).host}`]));
});

test.each([
  ["asks for another user", { user: "ann:other" }, "another user or password (status 407)"],
  ["forbids the host", { status: 403 }, "refuses to lead to the server (status 403)"],
  ["does not find the host", { status: 502 }, "brings no answer"],
])("a tunnel's proxy that %s is told, without the password", async (_, options, said) => {
  const { endpoint } = await encrypted();
  const proxy = kept(await startProxy(options));
  const env = overTls(await homeFor(mirror), endpoint, address(proxy, "ann:s3cret@"));
  const { code, stderr, stdout } = await runCli(["models", "pull", mirror.id], env);
  expect(stderr).toContain(`he proxy that HTTPS_PROXY names (${address(proxy)}) `);
  expect(stderr).toContain(said);
  expect(`${stderr}${stdout}`).not.toContain("s3cret");
  expect(code).toBe(1);
  expect(mirror.log).toEqual([]);
});
