import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { type Files, noise } from "./hub-files.ts";

/** Ways in which a server can go wrong. Bytes are counted in the body that is sent, from its beginning. */
export type Fault =
  /** Answers with this instead. */
  | { readonly type: "status"; readonly status: number; readonly headers?: Record<string, string> }
  /** Breaks the connection after so many bytes; of the whole file, whatever was asked for, with `whole`. */
  | { readonly type: "drop"; readonly after: number; readonly whole?: true }
  /** Says nothing more after so many bytes. */
  | { readonly type: "stall"; readonly after: number }
  /** Sends the whole file, whatever part was asked for. */
  | { readonly type: "ignore-range" }
  /** Sends another part than was asked for, and says so. */
  | { readonly type: "wrong-range" }
  /** Claims so many bytes more (or less) than there are. */
  | { readonly type: "length"; readonly by: number }
  /** Sends so many bytes fewer, and claims no more. */
  | { readonly type: "shorter"; readonly by: number }
  /** Sends other bytes, as many. */
  | { readonly type: "wrong-bytes" }
  /** Sends slowly: so many bytes every 20 ms. */
  | { readonly type: "slow"; readonly bytes: number }
  /** Sends this in place of its JSON. */
  | { readonly type: "text"; readonly text: string }
  /** Sends so many zeros in place of its JSON, packed with gzip. */
  | { readonly type: "gzip"; readonly bytes: number }
  /** Sends blanks without end in place of its JSON. */
  | { readonly type: "endless" }
  /** Says of every page of the listing that another one follows. */
  | { readonly type: "more-pages" };

/** A request that the mirror got. */
export interface Logged {
  readonly server: "hub" | "storage";
  /** Path in the repository for content, else the address below the endpoint. */
  readonly path: string;
  readonly isContent: boolean;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  /** Bytes of the body that were sent. */
  sent: number;
}

export interface MirrorOptions {
  /** `owner/name`. @default "town/tiny" */
  readonly id?: string;
  /** Files larger than this are in LFS, at the second port. @default 2048 */
  readonly lfsAbove?: number;
  /** Files that one page of the listing holds. @default 1000 */
  readonly pageSize?: number;
}

/** A hub on loopback with one repository. */
export interface Mirror {
  readonly id: string;
  readonly endpoint: string;
  /** Everything that was asked, in order. */
  readonly log: Logged[];
  /** Requests for content only. */
  content(): readonly Logged[];
  /** Commit that `main` is at. */
  readonly commit: string;
  etagOf(path: string): string;
  /** Has requests for a path go wrong, so many times. */
  fault(path: RegExp, fault: Fault, times?: number): void;
  /** Puts other files at `main`, under a new commit. */
  push(files: Files): void;
  /** What the listing claims of a file's size. */
  claimSize(path: string, size: number): void;
  close(): Promise<void>;
}

const gitHash = (bytes: Uint8Array): string =>
  createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The same bytes again and again, so many in all. */
function* pieces(piece: Buffer, bytes: number): Generator<Buffer> {
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

/** Breaks a connection when the client has had time to read: `fetch` throws away what it has not handed on by then. */
function breakSoon(response: ServerResponse): void {
  setTimeout(() => response.socket?.destroy(), 60);
}

const originOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/**
 * Starts a hub of one repository with the addresses that the library and huggingface_hub use: model info, paginated
 * listing, content, and large files at a second port as at the real hub's storage.
 */
export async function startMirror(files: Files, options: MirrorOptions = {}): Promise<Mirror> {
  const { id = "town/tiny", lfsAbove = 2048, pageSize = 1000 } = options;
  const log: Logged[] = [];
  const faults: { path: RegExp; fault: Fault; times: number }[] = [];
  const claimed = new Map<string, number>();
  const commits = new Map<string, Files>();
  let main = "";
  const push = (tree: Files): void => {
    const rows = Object.entries(tree).map(([path, bytes]) => `${path} ${gitHash(bytes)}`);
    main = createHash("sha1").update(rows.join("\n")).digest("hex");
    commits.set(main, tree);
  };
  push(files);

  const isLfs = (bytes: Uint8Array): boolean => bytes.length > lfsAbove;
  const etagOf = (bytes: Uint8Array): string => (isLfs(bytes) ? sha256(bytes) : gitHash(bytes));
  const takeFault = (path: string, server: "hub" | "storage"): Fault | null => {
    const entry = faults.find(({ path: on, times }) => times > 0 && on.test(`${server}:${path}`));
    if (!entry) return null;
    entry.times--;
    return entry.fault;
  };
  const refuse = (response: ServerResponse, status: number, code: string): void => {
    response.writeHead(status, { "x-error-code": code, "x-error-message": `Says the hub: ${code}` });
    response.end();
  };

  const note = (request: IncomingMessage, server: Logged["server"], path: string, isContent: boolean) => {
    const { range, authorization } = request.headers;
    const entry: Logged = { server, path, isContent, range, authorization, sent: 0 };
    log.push(entry);
    return entry;
  };

  /** Sends content as a good server does, but for the fault. */
  const send = (
    request: IncomingMessage,
    response: ServerResponse,
    whole: Uint8Array,
    entry: Logged,
    fault: Fault | null,
  ): void => {
    const [, asked] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const knowsRanges = fault?.type !== "ignore-range" && !(fault?.type === "drop" && fault.whole);
    const isPart = asked !== undefined && knowsRanges;
    const from = isPart ? Number(asked) : 0;
    if (from >= whole.length && isPart) {
      response.writeHead(416, { "content-range": `bytes */${whole.length}` }).end();
      return;
    }
    const shift = fault?.type === "wrong-range" && isPart ? 7 : 0;
    const content = fault?.type === "wrong-bytes" ? noise(whole.length, 99) : whole;
    const body = content.subarray(
      from + shift,
      fault?.type === "shorter" ? whole.length - fault.by : undefined,
    );
    const length = body.length + (fault?.type === "length" ? fault.by : 0);
    response.writeHead(isPart ? 206 : 200, {
      "content-length": length,
      "accept-ranges": "bytes",
      etag: `"${etagOf(whole)}"`,
      "x-repo-commit": main,
      ...(isPart ? { "content-range": `bytes ${from + shift}-${whole.length - 1}/${whole.length}` } : {}),
    });
    if (request.method === "HEAD") {
      response.end();
      return;
    }
    const write = (bytes: Uint8Array, then?: () => void): void => {
      entry.sent += bytes.length;
      response.write(bytes, then);
    };
    switch (fault?.type) {
      case "drop":
        write(body.subarray(0, fault.after), () => breakSoon(response));
        return;
      case "stall":
        response.flushHeaders();
        write(body.subarray(0, fault.after));
        return;
      case "length":
        write(body.subarray(0, length), () => {
          if (fault.by < 0) response.end();
          // A client waits for the rest until the connection ends.
          else breakSoon(response);
        });
        return;
      case "slow": {
        let at = 0;
        const timer = setInterval(() => {
          write(body.subarray(at, at + fault.bytes));
          at += fault.bytes;
          if (at >= body.length) {
            clearInterval(timer);
            response.end();
          }
        }, 20);
        response.on("close", () => clearInterval(timer));
        return;
      }
      default:
        entry.sent += body.length;
        response.end(body);
    }
  };

  const storage = await listen((request, response) => {
    const [, commit = "", encoded = ""] = /^\/([0-9a-f]{40})\/([^?]+)/.exec(request.url ?? "") ?? [];
    const path = decodeURIComponent(encoded);
    const entry = note(request, "storage", path, true);
    const fault = takeFault(path, "storage");
    if (fault?.type === "status") return void response.writeHead(fault.status, fault.headers).end();
    send(request, response, commits.get(commit)![path]!, entry, fault);
  });

  const hub = await listen((request, response) => {
    const url = new URL(request.url ?? "", "http://hub");
    const path = decodeURIComponent(url.pathname);
    const resolved = /^\/(.+?\/.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const info = /^\/api\/models\/(.+?\/.+?)(?:\/revision\/(.+))?$/.exec(path);
    const tree = /^\/api\/models\/(.+?\/.+?)\/tree\/([^/]+)$/.exec(path);
    const [, repository, revision = "main", file] = resolved ?? tree ?? info ?? [];
    const entry = note(request, "hub", file ?? path, file !== undefined);
    const fault = takeFault(file ?? path, "hub");
    if (fault?.type === "status") return void response.writeHead(fault.status, fault.headers).end();
    if (repository !== id) return refuse(response, request.headers.authorization ? 404 : 401, "RepoNotFound");
    const commit = revision === "main" || revision === "HEAD" ? main : revision;
    const content = commits.get(commit);
    if (!content) return refuse(response, 404, "RevisionNotFound");
    if (file !== undefined) {
      const bytes = content[file];
      if (!bytes) return refuse(response, 404, "EntryNotFound");
      if (!isLfs(bytes)) return send(request, response, bytes, entry, fault);
      const location = `${originOf(storage)}/${commit}/${file.split("/").map(encodeURIComponent).join("/")}?signed=1`;
      const linked = { "x-linked-etag": `"${sha256(bytes)}"`, "x-linked-size": String(bytes.length) };
      response.writeHead(302, { location, "x-repo-commit": commit, ...linked }).end();
      return;
    }
    const json = (value: unknown, headers: Record<string, string> = {}): void => {
      const body = Buffer.from(fault?.type === "text" ? fault.text : JSON.stringify(value));
      response.setHeader("content-type", "application/json");
      for (const [name, header] of Object.entries(headers)) response.setHeader(name, header);
      if (fault?.type === "gzip") {
        response.setHeader("content-encoding", "gzip");
        const zeros = Readable.from(pieces(Buffer.alloc(1 << 20), fault.bytes));
        zeros
          .pipe(createGzip())
          .on("error", () => {})
          .pipe(response);
      } else if (fault?.type === "endless")
        Readable.from(pieces(Buffer.alloc(1 << 16, 0x20), 1e12)).pipe(response);
      else if (fault?.type === "stall") response.write(body.subarray(0, fault.after));
      else if (fault?.type === "drop")
        response.write(body.subarray(0, fault.after), () => response.socket?.destroy());
      else response.end(body);
    };
    if (!tree) {
      json({
        _id: "1",
        id,
        modelId: id,
        sha: commit,
        private: false,
        gated: false,
        downloads: 0,
        likes: 0,
        tags: [],
        lastModified: "2026-01-01T00:00:00.000Z",
        siblings: Object.keys(content).map((rfilename) => ({ rfilename })),
      });
      return;
    }
    const rows = Object.entries(content).map(([name, bytes]) => {
      const size = claimed.get(name) ?? bytes.length;
      const oid = gitHash(bytes);
      return isLfs(bytes)
        ? { type: "file", path: name, size, oid, lfs: { oid: sha256(bytes), size, pointerSize: 130 } }
        : { type: "file", path: name, size, oid };
    });
    const start = Number(url.searchParams.get("cursor") ?? 0);
    const end = start + pageSize;
    url.searchParams.set("cursor", String(end));
    const link = `<${originOf(hub)}${url.pathname}${url.search}>; rel="next"`;
    json(
      [{ type: "directory", path: "unet", size: 0, oid: "0".repeat(40) }, ...rows.slice(start, end)],
      end < rows.length || fault?.type === "more-pages" ? { link } : {},
    );
  });

  return {
    id,
    endpoint: originOf(hub),
    log,
    content: () => log.filter(({ isContent }) => isContent),
    get commit() {
      return main;
    },
    etagOf: (path) => etagOf(commits.get(main)![path]!),
    fault: (path, fault, times = Number.POSITIVE_INFINITY) => void faults.unshift({ path, fault, times }),
    push,
    claimSize: (path, size) => void claimed.set(path, size),
    async close() {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
