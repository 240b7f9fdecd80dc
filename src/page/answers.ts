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
 * Questions of the page to the program that runs the engine. Undefined means that the object or the function does not
 * exist.
 */
export interface PageAnswers {
  service(namespace: string, name: string): Omit<ServiceDetails, "requests"> | undefined;
  pod(namespace: string, name: string): PodDetails | undefined;
  /** Seen from a pod of that namespace. */
  resolve(name: string, type: string, namespace: string): Promise<ResolveAnswer>;
  trace(target: string): Promise<TraceAnswer>;
  check(): Promise<CheckAnswer>;
  try(request: TryRequest): Promise<TryAnswer | undefined>;
  /** @returns whether it was restarted. */
  restart(namespace: string, name: string): Promise<boolean | undefined>;
  /** @returns undefined when there is no such workload. @throws AskedWrong when it can't be done. */
  scale(request: ScaleRequest): Promise<object | undefined>;
}

/** The question is invalid; the message says why. */
export class AskedWrong extends Error {
  override readonly name = "AskedWrong";
  readonly code = "asked-wrong";
}
