import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { type ControlSubject, INFO_PATH, OBJECTS_PATH } from "./protocol.ts";
import { ensureSocketFolder } from "./socket-folder.ts";

export interface ControlServer {
  /** The socket's path; a named pipe on Windows. */
  readonly path: string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a running engine to other kubelane commands of the same user: HTTP on a Unix socket in a private
 * folder, so that nobody else, and no browser, can ask.
 * @throws ControlFolderError, or the system's error when the socket can't be made.
 */
export async function serveControl(
  subject: ControlSubject,
  folder: string,
): Promise<ControlServer> {
  ensureSocketFolder(folder);
  const { pid } = subject.info();
  const path =
    process.platform === "win32" ? `\\\\.\\pipe\\kubelane-${pid}` : join(folder, `${pid}.sock`);
  if (process.platform !== "win32") rmSync(path, { force: true });
  const server = createServer((request, response) => answer(subject, request, response));
  server.listen(path);
  await once(server, "listening");
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { path, close, [Symbol.asyncDispose]: close };
}

function answer(
  subject: ControlSubject,
  { method, url }: IncomingMessage,
  response: ServerResponse,
): void {
  const body =
    method !== "GET"
      ? undefined
      : url === INFO_PATH
        ? subject.info()
        : url === OBJECTS_PATH
          ? subject.objects()
          : undefined;
  response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(body ?? { error: `no ${method} ${url} here` }));
}
