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
  const passOn = async (): Promise<never> => {
    for (;;) {
      const signal = await context.signal();
      if (state.running) shell.namespace.signal(signal);
      else {
        state.stoppedBy = signal;
        void shell.close();
      }
    }
  };
  passOn().catch(() => undefined);
  return state;
}

/** As shells count them. */
export const exitCodeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];
