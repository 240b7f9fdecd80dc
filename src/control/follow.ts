import { request } from "node:http";
import { createInterface } from "node:readline";
import { WATCH_PATH, type WatchLine } from "./protocol.ts";

/**
 * Follows an engine until it ends, without keeping this process alive.
 * @returns when its first line was read, or it ended without one.
 */
export function followEngine(
  socketPath: string,
  onLine: (line: WatchLine) => void,
  onEnd: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    let over = false;
    const ended = () => {
      resolve();
      if (!over) onEnd();
      over = true;
    };
    const call = request({ socketPath, path: WATCH_PATH, agent: false }, (response) => {
      const lines = createInterface({ input: response });
      lines.on("line", (line) => {
        onLine(JSON.parse(line));
        // From here on following doesn't keep this process alive.
        response.socket.unref();
        resolve();
      });
      // An engine that is killed does not say goodbye.
      lines.on("error", () => {});
      response.on("error", () => {}).on("close", ended);
    });
    call.on("error", ended).end();
  });
}
