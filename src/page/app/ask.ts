/** Why the gateway did not answer what was asked. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Asks the gateway for something, or to do something when there is a body.
 * @throws Refused
 */
export async function ask<T>(path: string, body?: unknown): Promise<T> {
  const response = await fetch(path, {
    credentials: "same-origin",
    ...(body !== undefined && {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    }),
  });
  const data = (await response.json()) as T & { readonly error?: string };
  if (!response.ok) throw new Refused(response.status, data.error ?? response.statusText);
  return data;
}

export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}?${new URLSearchParams(query)}`;
}
