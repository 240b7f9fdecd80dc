import type { Exchange } from "./exchanges.mjs";

// biome-ignore lint/suspicious/noExplicitAny: answers are of every kind.
type Answer = any;
export function ask<T>(
  send: (
    method: string,
    path: string,
    headers: Record<string, string>,
    body: string | undefined,
  ) => Promise<T>,
  exchange: Exchange,
): Promise<T>;
export function answerOf(answer: { status: number; headers: object; body: Answer }): Answer;
