import type { Namespace } from "../../network/namespace.ts";
import type { Context } from "../command.ts";

/** What signals mean now. */
export interface SignalState {
  /** Where the command is, or will be. */
  namespace: Pick<Namespace, "signal" | "close"> | undefined;
  /** Whether they are the command's. */
  running: boolean;
  /** The one that came before. */
  readonly stoppedBy?: NodeJS.Signals;
}

/** Until the command runs, a signal ends the namespace; from then on it is the command's. */
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

/** Those that end no process by themselves. */
const HARMLESS: ReadonlySet<NodeJS.Signals> = new Set(["SIGWINCH", "SIGCONT"]);
