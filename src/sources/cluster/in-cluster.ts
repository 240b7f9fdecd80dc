import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hostPort } from "../../net/host-port.ts";
import type { KubeContext } from "./kubeconfig.ts";

/** The name of the context in a pod without a kubeconfig: its own cluster, with its service account. */
export const IN_CLUSTER = "in-cluster";

/** Where kubelets put the token, the authority and the namespace of a pod's service account. */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** @returns undefined when this process is not in a pod with a service account */
export function inClusterContext(
  env: NodeJS.ProcessEnv,
  folder: string = SERVICE_ACCOUNT,
): KubeContext | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const tokenFile = join(folder, "token");
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const server = `https://${hostPort(host, Number(port))}`;
  const ca = readIfThere(join(folder, "ca.crt"));
  return {
    name: IN_CLUSTER,
    namespace: readIfThere(join(folder, "namespace"))?.toString().trim() || "default",
    cluster: {
      name: IN_CLUSTER,
      server: new URL(server),
      ...(ca && { ca }),
      insecureSkipTlsVerify: false,
      source: { server },
    },
    user: { name: "service account", tokenFile },
  };
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}
