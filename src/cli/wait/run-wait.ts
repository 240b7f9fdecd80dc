import { MirroredState } from "../../control/mirrored-state.ts";
import type { KubernetesObject } from "../../objects/object.ts";
import { DEFAULT_NAMESPACE, isClusterScoped } from "../../objects/resource.ts";
import type { StoreReader } from "../../store/store-reader.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { requestedKinds } from "../get/requested-kinds.ts";
import { durationOption } from "../live/duration.ts";
import { runningUp } from "../live/running-up.ts";
import { noSuchObject } from "../no-such-object.ts";
import { parseSelectorArgument } from "../selector-argument.ts";
import { parseWaitFor, type WaitFor } from "./condition.ts";

/** One object that is waited for, existing or not. */
interface Awaited {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Waits until objects of the running `up` meet a condition. @returns 1 when they didn't in time. */
export async function runWait(context: Context, { args, options }: Input): Promise<number> {
  const condition = parseWaitFor((options["for"] as string | undefined) ?? "condition=Ready");
  const timeout = durationOption("--timeout", (options["timeout"] as string | undefined) ?? "30s");
  const running = await runningUp(context);
  const state = new MirroredState();
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), timeout);
  let waiting: readonly Awaited[] | undefined;
  try {
    for await (const line of running.watch(ending.signal)) {
      state.apply(line);
      waiting ??= wantedObjects(state.store, args, options, condition);
      waiting = waiting.filter((each) => !isDone(context, state.store, each, condition));
      if (waiting.length === 0) return EXIT.ok;
    }
    if (!ending.signal.aborted) context.stderr.write("the running up has ended\n");
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
  for (const { kind, name } of waiting ?? []) {
    context.stderr.write(
      `${wordOf(kind)}/${name}: ${condition.text} does not hold after ${timeout / 1_000} s\n`,
    );
  }
  return EXIT.no;
}

function isDone(
  { stdout }: Context,
  store: StoreReader,
  { kind, namespace, name }: Awaited,
  condition: WaitFor,
): boolean {
  if (!condition.holds(store.get(kind, namespace, name))) return false;
  const done = condition.text === "delete" ? "deleted" : "condition met";
  stdout.write(`${wordOf(kind)}/${name} ${done}\n`);
  return true;
}

/** @throws CommandError for a missing object, unless its creation is waited for */
function wantedObjects(
  store: StoreReader,
  [type, names]: Input["args"],
  options: Input["options"],
  { text }: WaitFor,
): Awaited[] {
  const words = [type as string, ...((names ?? []) as readonly string[])];
  const labels = options["selector"] as string | undefined;
  const selector = labels === undefined ? undefined : parseSelectorArgument(labels);
  const asked = (options["namespace"] as string | undefined) ?? DEFAULT_NAMESPACE;
  const found = requestedKinds(words, store.kinds()).flatMap(({ groupKind: kind, names }) => {
    const namespace = isClusterScoped(kind) ? "" : asked;
    if (names !== undefined) {
      return names.map((name) => {
        const isThere = store.get(kind, namespace, name) !== undefined;
        if (isThere || text === "create" || text === "delete") return { kind, namespace, name };
        throw noSuchObject(store, { groupKind: kind, namespace, name });
      });
    }
    const all = store.list(kind, { namespace, ...(selector && { labelSelector: selector }) });
    return all.map(({ metadata }: KubernetesObject) => ({ kind, namespace, name: metadata.name }));
  });
  if (found.length > 0 || text === "delete") return found;
  throw new CommandError(EXIT.no, "there is nothing like that to wait for");
}

function wordOf(kind: string): string {
  return kind.toLowerCase();
}
