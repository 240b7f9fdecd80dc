import { constants } from "node:os";
import type { Shell } from "../../shell/shell.ts";
import type { Context } from "../command.ts";

/** What signals mean now. */
export interface SignalState {
  /** Whether they are the command's. */
  running: boolean;
  /** The one that came before. */
  readonly stoppedBy?: NodeJS.Signals;
}

/** Until the command runs, a signal ends the namespace; from then on it is the command's. */
export function passSignals(context: Context, shell: Shell): SignalState {
  const state: { running: boolean; stoppedBy?: NodeJS.Signals } = { running: false };
  context.onSignal?.((signal) => {
    if (state.running) shell.signal(signal);
    else if (!HARMLESS.has(signal)) {
      state.stoppedBy = signal;
      void shell.close();
    }
  });
  return state;
}

/** Those that end no process by themselves. */
const HARMLESS: ReadonlySet<NodeJS.Signals> = new Set(["SIGWINCH", "SIGCONT"]);

/** As shells count them. */
export const exitCodeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];
