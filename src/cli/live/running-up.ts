import { API_PATH, type ApiAccess } from "../../control/api-route.ts";
import type { RunningEngine } from "../../control/client.ts";
import { askEngine, wholeAnswer } from "../../control/request.ts";
import { Store } from "../../store/store.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findRunning } from "../inventory.ts";

/** The `up` that a command sends requests to. @throws CommandError when none runs */
export async function runningUp(context: Context): Promise<RunningEngine> {
  const running = await findRunning(context);
  if (running !== undefined) return running;
  throw new CommandError(
    EXIT.unreadable,
    "no `kubelane up` of this folder runs",
    "start one with kubelane up, or go to its folder",
  );
}

/** The objects of a running `up` at this moment. */
export async function objectsOf(running: RunningEngine): Promise<Store> {
  const store = new Store();
  store.apply((await running.objects()).map((object) => ({ op: "put", object })));
  return store;
}

/** How to reach the Kubernetes API of a running `up`. @throws CommandError when it serves none */
export async function apiOf(running: RunningEngine): Promise<ApiAccess> {
  const answer = await wholeAnswer(await askEngine(running.socketPath, API_PATH));
  const access = JSON.parse(answer) as ApiAccess | null;
  if (access !== null) return access;
  throw new CommandError(
    EXIT.unreadable,
    "the running `up` serves no Kubernetes API",
    "start it without --api off",
  );
}
