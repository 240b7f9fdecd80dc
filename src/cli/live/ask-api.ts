import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { ApiAccess } from "../../control/api-route.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

export interface ApiCall {
  readonly method?: "GET" | "PATCH";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as a merge patch. */
  readonly patch?: object;
  readonly signal?: AbortSignal;
}

/**
 * Asks the Kubernetes API of a running `up`.
 * @returns the answer once its head is there
 * @throws CommandError with what the API says when it refuses
 */
export async function askApi(
  { server, token, ca }: ApiAccess,
  path: string,
  { method = "GET", query = {}, patch, signal }: ApiCall = {},
): Promise<IncomingMessage> {
  const url = new URL(path, server);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (patch !== undefined) headers["content-type"] = "application/merge-patch+json";
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = request(url, { method, ca, headers, ...(signal && { signal }) }, resolve);
    call.once("error", reject).end(patch && JSON.stringify(patch));
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  throw new CommandError(EXIT.no, messageOf(await text(response)) ?? `the API answers ${status}`);
}

function messageOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body);
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}
