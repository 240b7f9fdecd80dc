import { WATCH_PATH, type WatchLine } from "./protocol.ts";
import type { ControlRoute } from "./route.ts";
import { allObjects, localEndpoints } from "./subject.ts";

/** Bytes that a client may lag behind before it is cut off; it then starts over with a snapshot. */
const MAX_BEHIND = 64 * 1024 * 1024;

/** Sends the state and all its changes, a line each, until the client closes. */
export const watchRoute: ControlRoute = {
  method: "GET",
  path: WATCH_PATH,
  handle(subject, _request, response) {
    const send = (line: WatchLine) => {
      response.write(`${JSON.stringify(line)}\n`);
      if (response.writableLength > MAX_BEHIND) response.destroy();
    };
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    const objects = allObjects(subject);
    send({ type: "snapshot", objects, local: localEndpoints(objects, subject) });
    const unsubscribe = subject.store.subscribe((all) => {
      const changes = all.map(({ type, object }) => ({ type, object }));
      const present = changes.filter(({ type }) => type !== "deleted").map(({ object }) => object);
      send({ type: "changes", changes, local: localEndpoints(present, subject) });
    });
    response.on("close", unsubscribe);
  },
};
