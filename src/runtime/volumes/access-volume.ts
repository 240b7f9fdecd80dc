import type { Pod } from "../../objects/pod.ts";
import type { Volume } from "../../objects/tables/kinds.ts";
import type { StoreReader } from "../../store/store-reader.ts";

/** Where programs expect the API token. */
export const ACCESS_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";

/** API servers name their own volumes of this kind with a random suffix, so this name can't collide. */
export const ACCESS_VOLUME = "kube-api-access";

/**
 * What an API server adds to each pod's spec: a volume with token, certificate and namespace. The pod may opt out,
 * and so may its service account.
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
