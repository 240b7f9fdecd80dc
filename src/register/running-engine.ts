import { findRunningEngine } from "../control/client.ts";
import { EngineEndedError } from "../control/ended-error.ts";
import { followEngine } from "../control/follow.ts";
import { MirroredState } from "../control/mirrored-state.ts";
import { standpointOf } from "../control/protocol.ts";
import { reachThrough } from "../control/reach-route.ts";
import { hook } from "../engine/in-process/hook.ts";
import type { Reach } from "../proxy/reach.ts";
import type { Standpoint } from "../view/standpoint.ts";
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
  let standpoint: Partial<Standpoint> = {};
  let reach: Reach | undefined;
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
    standpoint = standpointOf(found.info);
    reach = reachThrough(found.socketPath);
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
    const place = JSON.stringify(standpoint);
    if (hooked === place) return;
    unhook?.();
    hooked = place;
    unhook = hook(
      createProgramView({
        store: state.store,
        // Its own words, but for whose short names apply.
        standpoint: { ...standpoint, namespace: options.namespace },
        // What `up` answers by itself.
        addresses: "local",
        localAddressOf: (address, port) => state.localAddressOf(address, port),
        reach: (place) => reach?.(place) ?? Promise.reject(new EngineEndedError()),
        trouble: () => trouble,
      }),
    );
  }

  await look();
}

const NONE_RUNS =
  "no kubelane up runs for this folder: start one, or name manifests in KUBELANE and start the program again";
