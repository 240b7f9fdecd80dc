import { request } from "node:http";
import { createInterface } from "node:readline";
import { findRunningEngine } from "../control/client.ts";
import { WATCH_PATH, type WatchLine } from "../control/protocol.ts";
import { hook } from "../engine/in-process/hook.ts";
import { MirroredState } from "./mirrored-state.ts";
import { createProgramView } from "./program-view.ts";

export interface FollowOptions {
  /** The running `up` is the one for this folder. */
  readonly folder: string;
  /** Where control sockets are. */
  readonly sockets: string;
  readonly namespace: string;
}

/** Milliseconds between looks for an `up` that is not there (any more). */
const LOOK_AGAIN = 500;

/**
 * Hooks this process with what the running `up` knows, and follows it: through changes, through its end, and
 * to the next one that is started. None of this keeps the process alive.
 * @returns when the first state is known, or that there is none.
 */
export async function followRunningEngine(options: FollowOptions): Promise<void> {
  const state = new MirroredState();
  let clusterDomain = DEFAULT_DOMAIN;
  let unhook: (() => void) | undefined;
  let trouble: string | undefined = NONE_RUNS;

  const look = async (): Promise<void> => {
    const found = await findRunningEngine(options.folder, options.sockets).catch(() => undefined);
    if (found === undefined) {
      state.clear();
      rehook();
      setTimeout(() => void look(), LOOK_AGAIN).unref();
      return;
    }
    clusterDomain = found.info.clusterDomain;
    await watch(
      found.socketPath,
      (line) => {
        state.apply(line);
        trouble = undefined;
      },
      () => {
        trouble = `the kubelane up of ${found.info.folder} has ended: start it again`;
        void look();
      },
    );
    rehook();
  };

  let hookedDomain: string | undefined;
  function rehook(): void {
    if (hookedDomain === clusterDomain) return;
    unhook?.();
    hookedDomain = clusterDomain;
    unhook = hook(
      createProgramView({
        store: state.store,
        namespace: options.namespace,
        clusterDomain,
        // What `up` answers by itself.
        view: "local",
        localAddressOf: (address, port) => state.localAddressOf(address, port),
        trouble: () => trouble,
      }),
    );
  }

  await look();
}

const DEFAULT_DOMAIN = "cluster.local";
const NONE_RUNS =
  "no kubelane up runs for this folder: start one, or name manifests in KUBELANE and start the program again";

/** Follows an engine. @returns when its first line was read, or it ended without one. */
function watch(
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
        // From here on the program's own work decides how long it lives.
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
