import { BlockList, isIP } from "node:net";
import { FateZeroError } from "../errors.ts";
import type { Environment } from "./settings.node.ts";

/** A proxy that the environment names. */
export interface HubProxy {
  /** The variable that names it. */
  readonly variable: string;
  /** Where it is, without user and password: what messages may say. */
  readonly origin: string;
  /** `Proxy-Authorization`, where its address has a user. */
  readonly token: string | null;
}

const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  "http:": ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"],
  "https:": ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"],
};

const plainHost = (host: string): string => host.toLowerCase().replace(/^\[|\]$/g, "");

/** Whether an IP address is in a network such as 10.0.0.0/8. */
function isInNetwork(host: string, network: string): boolean {
  const [, address = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(network) ?? [];
  const family = isIP(plainHost(address));
  if (family === 0 || family !== isIP(host) || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(plainHost(address), Number(bits), type);
  return list.check(host, type);
}

/** Whether an entry of NO_PROXY means a host: by name, of a domain, at a port, in a network, or all with "*". */
function isExempt(entry: string, host: string, port: string): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isInNetwork(host, entry);
  const [, named = entry, at] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (at !== undefined && at !== port) return false;
  const domain = plainHost(named).replace(/^\*?\./, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function goesDirectly(url: URL, env: Environment): boolean {
  const entries = (env.no_proxy ?? env.NO_PROXY ?? "").toLowerCase().split(/[\s,]+/);
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const host = plainHost(url.hostname).replace(/\.$/, "");
  return entries.some((entry) => entry !== "" && isExempt(entry, host, port));
}

function badProxy(variable: string, what: string): FateZeroError {
  return new FateZeroError(
    "hub-proxy",
    `${variable} ${what}.`,
    "Set it to an address like http://proxy.example.com:3128, or unset it; NO_PROXY lists hosts that need none.",
  );
}

/** A percent-encoded user or password; one that is not properly encoded is meant as it stands. */
function unescaped(text: string): string {
  return /%(?![0-9a-f]{2})/i.test(text)
    ? text
    : Buffer.from(
        text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
        "latin1",
      ).toString();
}

/** The proxy that requests for `url` go through; null where none does. Throws FateZeroError `hub-proxy` naming the variable. */
export function proxyFor(url: URL, env: Environment): HubProxy | null {
  const variable = VARIABLES[url.protocol]?.find((name) => env[name] !== undefined);
  const value = variable === undefined ? "" : env[variable]!.trim();
  if (variable === undefined || value === "" || goesDirectly(url, env)) return null;
  // The value is not repeated: it may hold a password.
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(address)) throw badProxy(variable, "holds no address of a proxy");
  const { protocol, host, username, password } = new URL(address);
  if (protocol !== "http:" && protocol !== "https:")
    throw badProxy(
      variable,
      `names a proxy that speaks ${protocol.slice(0, -1)}; http and https are spoken here`,
    );
  const user = `${unescaped(username)}:${unescaped(password)}`;
  const token = user === ":" ? null : `Basic ${Buffer.from(user).toString("base64")}`;
  return { variable, origin: `${protocol}//${host}`, token };
}
