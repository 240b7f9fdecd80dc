import type { ApiAccess } from "./api-route.ts";

/** The name of context, cluster and user. */
export const CONTEXT = "kubelane";

type Entries = readonly { readonly name: string }[];

export interface Kubeconfig {
  readonly apiVersion: string;
  readonly kind: string;
  readonly clusters: Entries;
  readonly users: Entries;
  readonly contexts: Entries;
  readonly "current-context": string;
}

/** A kubeconfig with one context: an API server of ours. */
export function kubeconfigOf({ server, ca, token }: ApiAccess, namespace: string): Kubeconfig {
  const data = Buffer.from(ca).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: CONTEXT, cluster: { server, "certificate-authority-data": data } } as never],
    users: [{ name: CONTEXT, user: { token } } as never],
    contexts: [{ name: CONTEXT, context: { cluster: CONTEXT, user: CONTEXT, namespace } } as never],
    "current-context": CONTEXT,
  };
}
