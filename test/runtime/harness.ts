import { setTimeout as delay } from "node:timers/promises";
import { fromMap } from "../../src/labels/selector.ts";
import type {
  AttachEntry,
  ProcessEntry,
  WorkloadTarget,
} from "../../src/manifests/local-config.ts";
import type { Pod, PodSpec } from "../../src/objects/pod.ts";
import type { RuntimeEvent } from "../../src/runtime/event.ts";
import type { Runtime } from "../../src/runtime/pod-runtime.ts";
import { createRuntime } from "../../src/runtime/runtime.ts";
import type { RuntimeOptions } from "../../src/runtime/runtime-options.ts";
import { Store } from "../../src/store/store.ts";

const position = { file: "kubelane.yaml", line: 1, column: 1 };

export function podNamed(name: string, spec: Partial<PodSpec> = {}, labels = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: "web", ...labels } },
    spec: { containers: [{ name: "main", ports: [{ containerPort: 8080 }] }], ...spec },
  };
}

export const everyWeb: WorkloadTarget = { namespace: "default", selector: fromMap({ app: "web" }) };

export function run(
  command: ProcessEntry["command"],
  more: Partial<Omit<ProcessEntry, "command">> = {},
): ProcessEntry {
  return { target: everyWeb, command, cwd: process.cwd(), env: {}, position, ...more };
}

export function attach(
  addresses: AttachEntry["addresses"],
  target: WorkloadTarget = everyWeb,
): AttachEntry {
  return { target, addresses, position };
}

/** A Node program as a command; its `PORT` is what it should listen on. */
export function node(program: string): string[] {
  return [process.execPath, "-e", program];
}

/** Answers with its pod's name, until it is told to stop. */
export const SERVER = `
  const http = require("node:http");
  const server = http.createServer((q, r) => r.end(process.env.POD_NAME));
  server.listen(process.env.PORT, "127.0.0.1");
  process.on("SIGTERM", () => process.exit(0));
`;

export interface Scene {
  readonly store: Store;
  readonly runtime: Runtime;
  readonly events: readonly RuntimeEvent[];
  pod(name: string): Pod;
  ready(name: string): boolean;
  message(name: string): string;
  /** Resolves as soon as the condition holds, looking after every event and change. */
  until(what: string, condition: () => boolean, patience?: number): Promise<void>;
  /** The pids of every process that was started. */
  pids(): number[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A runtime over a store of its own, with its end built in. */
export function scene(pods: readonly Pod[], options: Partial<RuntimeOptions> = {}): Scene {
  const store = new Store();
  store.apply(pods.map((object) => ({ op: "put", object })));
  const events: RuntimeEvent[] = [];
  const watchers = new Set<() => void>();
  const look = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  store.subscribe(look);
  const runtime = createRuntime({
    store,
    run: [],
    attach: [],
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
      look();
    },
  });
  runtime.start();
  const pod = (name: string): Pod => {
    const found = store.get("Pod", "default", name);
    if (found === undefined) throw new Error(`no pod ${name}`);
    return found;
  };
  const condition = (name: string) =>
    store.get("Pod", "default", name)?.status?.conditions?.find(({ type }) => type === "Ready");
  return {
    store,
    runtime,
    events,
    pod,
    ready: (name) => condition(name)?.status === "True",
    message: (name) => condition(name)?.message ?? "",
    until(what, holds, patience = 120_000) {
      if (holds()) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const watcher = (): void => {
          if (!holds()) return;
          watchers.delete(watcher);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          watchers.delete(watcher);
          const log = events
            .slice(-50)
            .map((event) => JSON.stringify(event))
            .join("\n");
          reject(new Error(`waited in vain for ${what}; events:\n${log}`));
        }, patience);
        watchers.add(watcher);
      });
    },
    pids: () => events.flatMap((event) => (event.type === "started" ? [event.pid] : [])),
    async [Symbol.asyncDispose]() {
      await runtime.close({ grace: 2_000 });
    },
  };
}

/** For what tells nobody when it happens: a grandchild's end. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(10);
  }
}
