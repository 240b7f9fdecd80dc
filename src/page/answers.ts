import type {
  CheckAnswer,
  PodDetails,
  ResolveAnswer,
  Section,
  TraceAnswer,
  TryAnswer,
  TryRequest,
} from "./messages.ts";

/** What whoever runs the page can say and do beside what the engine knows by itself. Undefined: there is no such thing. */
export interface PageAnswers {
  service(namespace: string, name: string): readonly Section[] | undefined;
  pod(namespace: string, name: string): PodDetails | undefined;
  /** As a pod of that namespace asks. */
  resolve(name: string, type: string, namespace: string): ResolveAnswer;
  trace(target: string): TraceAnswer;
  check(): Promise<CheckAnswer>;
  try(request: TryRequest): Promise<TryAnswer | undefined>;
  /** @returns whether it came up again. */
  restart(namespace: string, name: string): Promise<boolean | undefined>;
}

/** What was asked makes no sense; the message says why. */
export class AskedWrong extends Error {
  override readonly name = "AskedWrong";
  readonly code = "asked-wrong";
}
