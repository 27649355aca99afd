import type { ProxyAgent } from "undici";
import { FateZeroError } from "../errors.ts";
import { faultOf, PassingFault } from "./faults.ts";
import { type HubProxy, proxyFor } from "./proxy.node.ts";
import type { Environment } from "./settings.node.ts";

/** Statuses of a proxy that does not let us through, whatever is tried again. */
const REFUSED = /\b(40[0-9]|41[0-9]|45[0-9])\b/;

/** What is wrong where a request failed before its answer came, of the proxy's doing as far as is told. */
function faultOfProxy({ variable, origin }: HubProxy, error: unknown): unknown {
  const fault = faultOf(error);
  const { message } = fault;
  const named = `the proxy that ${variable} names (${origin})`;
  const [status] = /proxy/i.test(message) ? (REFUSED.exec(message) ?? []) : [];
  if (status === "407") {
    return new FateZeroError(
      "hub-proxy",
      `The proxy that ${variable} names (${origin}) asks for another user or password (status 407).`,
      `Write them into ${variable}: http://user:password@host:port, letters other than A-Z and digits percent-encoded.`,
      { cause: error },
    );
  }
  if (status !== undefined) {
    return new FateZeroError(
      "hub-proxy",
      `The proxy that ${variable} names (${origin}) refuses to lead to the server (status ${status}).`,
      `Set ${variable} to another proxy, or unset it; NO_PROXY lists hosts that need none.`,
      { cause: error },
    );
  }
  return new PassingFault(`${named} brings no answer: ${message}`, {
    cause: error,
    isUnreachable: fault.isUnreachable || /when HTTP Tunneling/.test(message),
  });
}

/**
 * A `fetch` that goes through the proxies of HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, but for the hosts of NO_PROXY, which
 * Node's own ignores. Addresses that need no proxy are left to Node's.
 */
export function proxiedFetch(env: Environment): typeof fetch {
  const agents = new Map<string, ProxyAgent>();
  return async (input, init = {}) => {
    const proxy = proxyFor(new URL(String(input)), env);
    if (!proxy) return await globalThis.fetch(input, init);
    // Of the same library as the agent: Node's own may be of a version that does not know it.
    const { fetch, ProxyAgent: Agent } = await import("undici");
    const { origin, token } = proxy;
    // What is not encrypted is handed on: many proxies lead tunnels to port 443 only.
    const agent =
      agents.get(origin) ?? new Agent({ uri: origin, proxyTunnel: false, ...(token ? { token } : {}) });
    agents.set(origin, agent);
    const request = { ...init, dispatcher: agent } as Parameters<typeof fetch>[1];
    const response = await fetch(String(input), request).catch((error: unknown) => {
      init.signal?.throwIfAborted();
      throw faultOfProxy(proxy, error);
    });
    return response as unknown as Response;
  };
}
