import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { ensurePrivateFolder } from "../runtime/private-folder.ts";
import { INFO_PATH, OBJECTS_PATH } from "./protocol.ts";
import { type ControlRoute, sendJson } from "./route.ts";
import { allObjects, type ControlSubject } from "./subject.ts";
import { watchRoute } from "./watch-route.ts";

export interface ControlServer {
  /** The socket's path; a named pipe on Windows. */
  readonly path: string;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The data behind the routes that every engine has. */
const ROUTES: readonly ControlRoute[] = [
  {
    method: "GET",
    path: INFO_PATH,
    handle: (subject, _, response) => sendJson(response, 200, subject.info()),
  },
  {
    method: "GET",
    path: OBJECTS_PATH,
    handle: (subject, _, response) => sendJson(response, 200, allObjects(subject)),
  },
  watchRoute,
];

/** The address of an engine's control socket: a file in the private folder, or on Windows a named pipe. */
export function controlPath(
  folder: string,
  pid: number,
  platform: NodeJS.Platform = process.platform,
): string {
  return platform === "win32" ? `\\\\.\\pipe\\kubelane-${pid}` : join(folder, `${pid}.sock`);
}

/**
 * Serves a running engine to other kubelane commands of the same user: HTTP on a Unix socket in a private folder, so
 * that neither other users nor browsers can send requests.
 * @param more routes in addition to those that every engine has.
 * @param onError called with later errors, such as a connection that can't be accepted.
 * @throws PrivateFolderError, or the system's error when the socket can't be made.
 */
export async function serveControl(
  subject: ControlSubject,
  folder: string,
  more: readonly ControlRoute[] = [],
  onError: (error: Error) => void = () => {},
): Promise<ControlServer> {
  ensurePrivateFolder(folder);
  const { pid } = subject.info();
  const path = controlPath(folder, pid);
  if (process.platform !== "win32") rmSync(path, { force: true });
  const routes = new Map(
    [...ROUTES, ...more].map((route) => [keyOf(route.method, route.path), route]),
  );
  const server = createServer((request, response) => {
    answer(routes, subject, request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: error.message });
    });
  });
  server.listen(path);
  await once(server, "listening");
  server.on("error", onError);
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { path, close, [Symbol.asyncDispose]: close };
}

async function answer(
  routes: ReadonlyMap<string, ControlRoute>,
  subject: ControlSubject,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "", url = "" } = request;
  const route = routes.get(keyOf(method, url));
  if (route !== undefined) await route.handle(subject, request, response);
  else sendJson(response, 404, { error: `no ${method} ${url} here` });
}

const keyOf = (method: string, path: string) => `${method} ${path}`;
