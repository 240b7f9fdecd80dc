import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readYamlValue } from "../../manifests/yaml-text.ts";
import { ApiClient } from "./api-client.ts";
import { CredentialSource } from "./credentials.ts";
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
}

export interface Cluster {
  readonly context: KubeContext;
  readonly client: ApiClient;
}

/**
 * A cluster of the user's kubeconfig, to be read from. Nothing is asked of it yet.
 * @throws KubeconfigError when there is none, or it can't be used
 */
export function openCluster(options: OpenClusterOptions): Cluster {
  const { env, cwd, userAgent } = options;
  const { paths, required } = kubeconfigPaths(env, options.kubeconfig);
  const files = paths
    .map((path) => resolve(cwd, path))
    .filter((file) => required || existsSync(file));
  if (files.length === 0) {
    throw new KubeconfigError(
      `there is no kubeconfig${paths.length === 0 ? "" : `: ${paths.join(", ")}`}; name one with --kubeconfig`,
    );
  }
  const config = new Kubeconfig(files.map((file) => ({ file, value: read(file) })));
  const context = config.context(options.context);
  const { user, cluster } = context;
  if (cluster.proxyUrl !== undefined) {
    // Without it the connection would go where the user did not want it to.
    throw new KubeconfigError(
      `cluster ${cluster.name} is reached through ${cluster.proxyUrl.origin} (proxy-url), which is not spoken to yet`,
    );
  }
  const credentials = new CredentialSource({ user, cluster, env, now: Date.now });
  return { context, client: new ApiClient({ cluster, credentials, userAgent }) };
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
