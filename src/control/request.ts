import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { EngineEndedError, whyUnanswered } from "./ended-error.ts";

export type ControlRequest = Pick<
  RequestOptions,
  "method" | "headers" | "timeout" | "signal" | "agent"
>;

/**
 * Sends a request to a control socket.
 * @returns the answer once its head is there, whatever its status.
 * @throws EngineEndedError when nothing listens there, or the engine ends before it answers.
 */
export function askEngine(
  socketPath: string,
  path: string,
  { timeout, ...options }: ControlRequest = {},
  body?: string,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path, ...options }, (response) => {
      call.setTimeout(0);
      resolve(response);
    });
    if (timeout !== undefined) {
      call.setTimeout(timeout, () => {
        const late = new Error(`no answer within ${timeout} ms`);
        call.destroy(Object.assign(late, { code: "ETIMEDOUT" }));
      });
    }
    call.on("error", (error) => reject(whyUnanswered(error))).end(body);
  });
}

/** The whole body of an answer. @throws EngineEndedError when it is cut off. */
export async function wholeAnswer(response: IncomingMessage): Promise<string> {
  try {
    return await text(response);
  } catch (error) {
    throw whyUnanswered(error as Error);
  }
}

/**
 * An engine's answer to an optional request, as data.
 * @returns undefined when the engine doesn't support it: it may be of another version, or have nothing to report.
 * @throws EngineEndedError when it ends before it has answered.
 */
export async function answerIfKnown(socketPath: string, path: string): Promise<unknown> {
  const response = await askEngine(socketPath, path);
  const body = await wholeAnswer(response);
  return response.statusCode === 200 ? JSON.parse(body) : undefined;
}

/** The same for a list, which is empty where the engine doesn't support it. */
export async function listIfKnown<T>(socketPath: string, path: string): Promise<readonly T[]> {
  return ((await answerIfKnown(socketPath, path)) ?? []) as readonly T[];
}

/**
 * The first line of an answer that stays open as long as something is reserved.
 * @throws EngineEndedError when it ends before.
 */
export function firstLine(response: IncomingMessage): Promise<string> {
  const lines = createInterface({ input: response });
  // The engine ends in the middle of its answer, which emits close.
  lines.on("error", () => {});
  return new Promise((resolve, reject) => {
    lines.once("line", resolve);
    response.once("close", () => reject(new EngineEndedError()));
  });
}
