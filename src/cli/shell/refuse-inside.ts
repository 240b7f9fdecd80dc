import { SHELL_VARIABLE } from "../../shell/environment.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/** @throws CommandError inside a shell, where the machine's own addresses, and so local pods, are out of reach. */
export function refuseInside({ env }: Context, what: string): void {
  const namespace = env[SHELL_VARIABLE];
  if (namespace === undefined) return;
  throw new CommandError(
    EXIT.usage,
    `${what} does not work inside a kubelane shell, which reaches the cluster only`,
    `use another terminal; programs here run as in namespace ${namespace} already`,
  );
}
