import type { Readable } from "node:stream";
import { isReady } from "../../objects/pod.ts";
import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import { execThrough } from "../../sources/cluster/exec-client.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { namedObject, podsOf } from "../live/named-objects.ts";
import { apiOf, objectsOf, runningUp } from "../live/running-up.ts";

/** Runs a command next to a container's process, in the first ready pod of the named object. */
export async function runExec(context: Context, { args, options }: Input): Promise<number> {
  const [word = "", ...command] = (args[0] ?? []) as readonly string[];
  if (command.length === 0) {
    throw new CommandError(
      EXIT.usage,
      `what should run in ${word}?`,
      `kubelane exec ${word} -- PROGRAM`,
    );
  }
  const running = await runningUp(context);
  const store = await objectsOf(running);
  const object = namedObject(store, word, options["namespace"] as string | undefined);
  const pods = podsOf(store, object);
  const pod = pods.find(isReady) ?? pods[0];
  if (pod === undefined) throw new CommandError(EXIT.no, `${word} has no pod to run it in`);
  const { name, namespace = DEFAULT_NAMESPACE } = pod.metadata;
  const container = (options["container"] as string | undefined) ?? pod.spec.containers[0]?.name;
  const access = await apiOf(running);
  const input = options["stdin"] === true ? (context.stdin as Readable) : undefined;
  const terminal = input as NodeJS.ReadStream | undefined;
  const tty = options["tty"] === true && terminal?.isTTY === true;
  if (tty) terminal.setRawMode(true);
  try {
    return await execThrough(access, {
      namespace,
      pod: name,
      container: container ?? "",
      command,
      tty,
      stdin: input,
      stdout: context.stdout,
      stderr: context.stderr,
    });
  } catch (error) {
    throw new CommandError(EXIT.no, `${name}: ${(error as Error).message}`, undefined, {
      cause: error,
    });
  } finally {
    if (tty) terminal.setRawMode(false);
  }
}
