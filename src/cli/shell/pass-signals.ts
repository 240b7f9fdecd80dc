import type { Namespace } from "../../network/namespace.ts";
import type { Context } from "../command.ts";

/** What signals do at present. */
export interface SignalState {
  /** The namespace in which the command runs, or will run. */
  namespace: Pick<Namespace, "signal" | "close"> | undefined;
  /** Whether the command runs, so that signals are passed to it. */
  running: boolean;
  /** The signal that was received before the command ran. */
  readonly stoppedBy?: NodeJS.Signals;
}

/** Before the command runs, a signal ends the namespace; afterwards it is passed to the command. */
export function passSignals(context: Context, namespace?: Namespace): SignalState {
  const state: {
    namespace: Pick<Namespace, "signal" | "close"> | undefined;
    running: boolean;
    stoppedBy?: NodeJS.Signals;
  } = { namespace, running: false };
  context.onSignal?.((signal) => {
    if (state.running) state.namespace?.signal(signal);
    else if (!HARMLESS.has(signal)) {
      state.stoppedBy = signal;
      void state.namespace?.close();
    }
  });
  return state;
}

/** Signals that end no process by default. */
const HARMLESS: ReadonlySet<NodeJS.Signals> = new Set(["SIGWINCH", "SIGCONT"]);
