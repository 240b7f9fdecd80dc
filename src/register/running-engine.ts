import { findRunningEngine } from "../control/client.ts";
import { followEngine } from "../control/follow.ts";
import { MirroredState } from "../control/mirrored-state.ts";
import { hook } from "../engine/in-process/hook.ts";
import { FIRST_MIRROR, LoopbackMirror } from "../net/loopback-mirror.ts";
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
  let mirror = FIRST_MIRROR;
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
    mirror = LoopbackMirror.numbered(found.info.mirror ?? 0);
    await followEngine(
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

  let hooked: string | undefined;
  function rehook(): void {
    const place = `${clusterDomain} ${mirror.number}`;
    if (hooked === place) return;
    unhook?.();
    hooked = place;
    unhook = hook(
      createProgramView({
        store: state.store,
        namespace: options.namespace,
        clusterDomain,
        mirror,
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
