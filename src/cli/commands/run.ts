import { DEFAULT_NAMESPACE } from "../../objects/resource.ts";
import { type Command, CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { parseLabelArguments } from "../label-arguments.ts";
import { OBJECT_NAMESPACE } from "../object-options.ts";
import type { RunRequest } from "../run/protocol.ts";
import { runnableOf } from "../run/runnable.ts";
import { refuseInside } from "../shell/refuse-inside.ts";

export const run: Command = {
  name: "run",
  summary: "run a command as a pod of the running `up`",
  description:
    "The command gets the pod's environment and, as $PORT, the port to listen on; once it answers there it\n" +
    "is an endpoint like any other. When it ends, so does the pod. Exit code and signals are the command's.",
  arguments: [
    {
      name: "command",
      summary: "[TYPE/NAME] -- program and arguments",
      required: true,
      variadic: true,
    },
  ],
  options: [
    OBJECT_NAMESPACE,
    { flags: "-l, --labels <labels>", summary: "make a bare Pod with these labels, key=value,…" },
    {
      flags: "--port <number>",
      summary: "with -l: the container port it stands for",
      fallback: "8080",
    },
    { flags: "--replicas <number>", summary: "how many processes, each a pod", fallback: "1" },
    {
      flags: "--beside",
      summary: "beside the pods of a followed cluster, not in place of them",
    },
    {
      flags: "--shell",
      summary: "in a network of its own, where it has the pod's address (Linux)",
    },
  ],
  examples: [
    { line: "run deploy/api -- npm run dev", does: "stand for the pods of Deployment api" },
    { line: "run deploy/api --replicas 3 -- node server.js", does: "three of them" },
    {
      line: "run --shell deploy/api -- ./server",
      does: "with the cluster's network, as shell gives it",
    },
    {
      line: "run -l app=pulse-api --port 8080 -- node server.mjs",
      does: "a pod without a workload",
    },
  ],
  async run(context, { args: [words], options }) {
    refuseInside(context, "run");
    const request = requestOf(words as readonly string[], options);
    const { findRunning } = await import("../inventory.ts");
    const running = await findRunning(context);
    if (running === undefined) {
      throw new CommandError(
        EXIT.unreadable,
        "no `kubelane up` runs here or above that this command could join",
        "start one in another terminal: kubelane up -f k8s/",
      );
    }
    const { checkProgram, notStarted } = await import("../check-program.ts");
    checkProgram(context, request.command[0] ?? "");
    if (options["shell"] === true) {
      const { runPodInShell } = await import("../shell/run-pod.ts");
      return runPodInShell(context, running, request.ask, request.command);
    }
    const { openRunSession } = await import("../run/session.ts");
    const { startChildren } = await import("../run/children.ts");
    const session = await openRunSession(running.socketPath, request.ask);
    try {
      const where = session.namespace === DEFAULT_NAMESPACE ? "" : `${session.namespace}/`;
      for (const { name, port } of session.pods) {
        context.stderr.write(`${where}${name}: to answer on 127.0.0.1:${port} ($PORT)\n`);
      }
      const children = startChildren(context, request.command, session.pods);
      const passOn = async (): Promise<never> => {
        for (;;) children.signal(await context.signal());
      };
      passOn().catch(() => undefined);
      session.lost.then(() =>
        context.stderr.write("the running up has ended; the command goes on\n"),
      );
      return await children.ended.catch((error: NodeJS.ErrnoException) => {
        throw notStarted(request.command[0] ?? "", error.code, error);
      });
    } finally {
      session.close();
    }
  },
};

function requestOf(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
): { readonly ask: RunRequest; readonly command: readonly string[] } {
  const labels = options["labels"] as string | undefined;
  const namespace = options["namespace"] as string | undefined;
  const replicas = numberOf(options, "replicas", 1, 100);
  if (labels !== undefined) {
    const port = numberOf(options, "port", 1, 65_535);
    const target = { labels: parseLabelArguments([labels]), port };
    return { ask: { namespace, replicas, target }, command: words };
  }
  const [workload = "", ...command] = words;
  const target = runnableOf(
    workload,
    "kubelane run deploy/api -- npm run dev, or use -l for a bare Pod",
  );
  if (target.kind === "Pod" && replicas > 1) {
    throw new CommandError(
      EXIT.usage,
      `${workload} is one pod, and --replicas ${replicas} asks for several`,
      "name what makes pods, deploy/api for example, or use -l for bare Pods",
    );
  }
  if (command.length === 0) {
    throw new CommandError(
      EXIT.usage,
      `what should ${workload} run?`,
      `kubelane run ${workload} -- COMMAND`,
    );
  }
  const beside = options["beside"] === true;
  return { ask: { namespace, replicas, beside, target }, command };
}

function numberOf(
  options: Readonly<Record<string, unknown>>,
  name: string,
  least: number,
  most: number,
): number {
  const value = Number(options[name]);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new CommandError(
    EXIT.usage,
    `--${name} ${options[name]} is no number from ${least} to ${most}`,
  );
}
