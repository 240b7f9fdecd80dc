import { askEngine, firstLine, wholeAnswer } from "../../control/request.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { RUN_PATH, type RunPod, type RunReply, type RunRequest } from "./protocol.ts";

/** Pods that this process stands in for, until it releases them. */
export interface RunSession {
  /** The network that the pods run in. */
  readonly namespace: string;
  readonly pods: readonly RunPod[];
  /** Resolves when the running `up` has ended. */
  readonly lost: Promise<void>;
  close(): void;
}

/**
 * Asks a running `up` for pods to stand in for.
 * @throws CommandError when there is no such workload, or none of its pods is free; EngineEndedError.
 */
export async function openRunSession(socketPath: string, ask: RunRequest): Promise<RunSession> {
  const headers = { "content-type": "application/json" };
  const how = { method: "POST", headers };
  const response = await askEngine(socketPath, RUN_PATH, how, JSON.stringify(ask));
  if (response.statusCode !== 200) {
    const answer = JSON.parse(await wholeAnswer(response)) as { error: string; hint?: string };
    throw new CommandError(EXIT.no, answer.error, answer.hint);
  }
  let closed = false;
  const lost = new Promise<void>((resolve) => {
    response.on("close", () => {
      if (!closed) resolve();
    });
  });
  const { pods, namespace } = JSON.parse(await firstLine(response)) as RunReply;
  const close = () => {
    closed = true;
    response.destroy();
  };
  if (pods.length === 0) {
    close();
    throw new CommandError(
      EXIT.no,
      `the running up has no pod left for ${targetText(ask, namespace)} that this command could stand for`,
      "see what its pods are: kubelane get pods",
    );
  }
  return { namespace, pods, lost, close };
}

function targetText({ target }: RunRequest, namespace: string): string {
  if ("labels" in target) return `a bare Pod in namespace ${namespace}`;
  return `${target.kind.split(".", 1)[0]} ${target.name} in namespace ${namespace}`;
}
