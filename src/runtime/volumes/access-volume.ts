import type { Pod } from "../../objects/pod.ts";
import type { Volume } from "../../objects/tables/kinds.ts";
import type { StoreReader } from "../../store/store-reader.ts";

/** Where programs look for a token of the API. */
export const ACCESS_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/** An API server's own volumes of this kind have a random suffix: none is named like this. */
export const ACCESS_VOLUME = "kube-api-access";

/**
 * What an API server adds to the spec of each pod: token, certificate and namespace. The pod may decline, and then its
 * service account.
 */
export function accessVolume({ metadata, spec }: Pod, store: StoreReader): Volume | undefined {
  const { namespace = "default" } = metadata;
  const account = store.get("ServiceAccount", namespace, spec.serviceAccountName ?? "default");
  const wanted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
  return wanted ? VOLUME : undefined;
}

const VOLUME: Volume = {
  name: ACCESS_VOLUME,
  projected: {
    sources: [
      { serviceAccountToken: { path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  },
};
