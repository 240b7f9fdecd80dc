import type {
  CheckAnswer,
  PodDetails,
  ResolveAnswer,
  ScaleRequest,
  ServiceDetails,
  TraceAnswer,
  TryAnswer,
  TryRequest,
} from "./messages.ts";

/**
 * What the page asks of the program that runs the engine. Undefined means that there is no such object, or no such
 * function.
 */
export interface PageAnswers {
  service(namespace: string, name: string): Omit<ServiceDetails, "requests"> | undefined;
  pod(namespace: string, name: string): PodDetails | undefined;
  /** As a pod of that namespace asks. */
  resolve(name: string, type: string, namespace: string): Promise<ResolveAnswer>;
  trace(target: string): Promise<TraceAnswer>;
  check(): Promise<CheckAnswer>;
  try(request: TryRequest): Promise<TryAnswer | undefined>;
  /** @returns whether it came up again. */
  restart(namespace: string, name: string): Promise<boolean | undefined>;
  /** @returns undefined when there is no such workload. @throws AskedWrong when it can't be done. */
  scale(request: ScaleRequest): Promise<object | undefined>;
}

/** What was asked makes no sense; the message says why. */
export class AskedWrong extends Error {
  override readonly name = "AskedWrong";
  readonly code = "asked-wrong";
}
