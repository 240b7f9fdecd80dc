import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readYamlValue } from "../../manifests/yaml-text.ts";
import { ApiClient } from "./api-client.ts";
import { CredentialSource } from "./credentials.ts";
import { IN_CLUSTER, inClusterContext } from "./in-cluster.ts";
import { type KubeContext, Kubeconfig, KubeconfigError, kubeconfigPaths } from "./kubeconfig.ts";

export interface OpenClusterOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths are relative to it. */
  readonly cwd: string;
  /** From `--kubeconfig`. */
  readonly kubeconfig?: string | undefined;
  /** From `--context`. Default: the current one. */
  readonly context?: string | undefined;
  readonly userAgent: string;
  /** Where a pod finds its service account. Default: where kubelets put it. */
  readonly serviceAccount?: string | undefined;
}

export interface Cluster {
  readonly context: KubeContext;
  readonly client: ApiClient;
}

/**
 * A cluster of the user's kubeconfig, for reading. No request is sent yet.
 * @throws KubeconfigError when there is none, or it is invalid
 */
export function openCluster(options: OpenClusterOptions): Cluster {
  const { env, cwd, userAgent } = options;
  const { paths, required } = kubeconfigPaths(env, options.kubeconfig);
  const files = paths
    .map((path) => resolve(cwd, path))
    .filter((file) => required || existsSync(file));
  const context = contextOf(options, files);
  if (context === undefined) {
    throw new KubeconfigError(
      `there is no kubeconfig${paths.length === 0 ? "" : `: ${paths.join(", ")}`}; name one with --kubeconfig`,
    );
  }
  const { user, cluster } = context;
  const credentials = new CredentialSource({ user, cluster, env, now: Date.now });
  return { context, client: new ApiClient({ cluster, credentials, userAgent }) };
}

/** The cluster of the kubeconfig; in a pod without one its own cluster, as client-go does. */
function contextOf(
  { env, context, serviceAccount }: OpenClusterOptions,
  files: readonly string[],
): KubeContext | undefined {
  const config = new Kubeconfig(files.map((file) => ({ file, value: read(file) })));
  const wantsOwn =
    context === IN_CLUSTER ? !config.contextNames.includes(IN_CLUSTER) : files.length === 0;
  if (wantsOwn) {
    const own = inClusterContext(env, serviceAccount);
    if (own !== undefined) return own;
    if (context === IN_CLUSTER) {
      throw new KubeconfigError(
        `there is no context ${IN_CLUSTER}, and this is no pod with a service account`,
      );
    }
  }
  return files.length === 0 ? undefined : config.context(context);
}

function read(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new KubeconfigError(`${file} can't be read: ${(cause as Error).message}`, { cause });
  }
  const { value, problem } = readYamlValue(text);
  if (problem !== undefined) throw new KubeconfigError(`${file} is no kubeconfig: ${problem}`);
  return value;
}
