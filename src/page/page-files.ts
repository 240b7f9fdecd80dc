import { readdir, readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** Where the build puts the page. */
const FOLDER = fileURLToPath(new URL("./app/", import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Security headers: the page may load only its own files, may not be framed, and may send requests to the gateway
 * alone.
 */
const HEADERS = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly zipped: Buffer;
}

/** The files of the page, kept in memory, so that no other file of the disk can be requested. */
export class PageFiles {
  readonly #files = new Map<string, PageFile>();

  /** @throws the system's error where the page was not built. */
  static async read(folder = FOLDER): Promise<PageFiles> {
    const files = new PageFiles();
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of names) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = join(entry.parentPath, entry.name);
      const body = await readFile(path);
      const name = path.slice(folder.length).replaceAll("\\", "/").replace(/^\//, "");
      files.#files.set(name === "index.html" ? "/" : `/${name}`, {
        type,
        body,
        zipped: gzipSync(body),
      });
    }
    return files;
  }

  /** @returns false when there is no such file. */
  send(path: string, acceptEncoding: string | undefined, response: ServerResponse): boolean {
    const file = this.#files.get(path);
    if (file === undefined) return false;
    const isZipped = /\bgzip\b/.test(acceptEncoding ?? "");
    const body = isZipped ? file.zipped : file.body;
    response.writeHead(200, {
      ...HEADERS,
      "content-type": file.type,
      "content-length": body.length,
      ...(isZipped && { "content-encoding": "gzip" }),
      vary: "accept-encoding",
      // Names of all other files contain a hash of their content, so they may be cached.
      "cache-control": path === "/" ? "no-store" : "max-age=31536000, immutable",
    });
    response.end(body);
    return true;
  }
}
