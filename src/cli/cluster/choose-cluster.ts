import type { SettingKey, SettingValues } from "../../manifests/settings/table.ts";
import { ApiError } from "../../sources/cluster/api-client.ts";
import { CredentialsError } from "../../sources/cluster/credentials.ts";
import type { WantedNamespaces } from "../../sources/cluster/followed-places.ts";
import { KubeconfigError } from "../../sources/cluster/kubeconfig.ts";
import { type Cluster, openCluster } from "../../sources/cluster/open-cluster.ts";
import { CommandError, type Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { packageVersion } from "../version.ts";
import { tellFirstUse } from "./first-use.ts";

/** The cluster that a command works with, and which namespaces of it. */
export interface ChosenCluster extends Cluster, WantedNamespaces {
  /** Its name in messages. */
  readonly name: string;
}

/**
 * The cluster of `--context`, else of the context that kubelane.yaml names. No request is sent yet.
 * @throws CommandError for an invalid kubeconfig, and for a context that kubelane.yaml doesn't allow
 */
export function chooseCluster(
  context: Context,
  values: Pick<SettingValues, Extract<SettingKey, `cluster.${string}`>>,
): ChosenCluster {
  const { "cluster.context": configured, "cluster.namespaces": namespaces } = values;
  const { env, cwd, kubeContext = configured } = context;
  const kubeconfig = context.kubeconfig ?? values["cluster.kubeconfig"];
  const userAgent = `kubelane/${packageVersion()}`;
  const cluster = usable(() =>
    openCluster({ env, cwd, kubeconfig, context: kubeContext, userAgent }),
  );
  const { name, namespace: ownNamespace } = cluster.context;
  const pattern = values["cluster.refuse"].find((each) => patternMatches(each, name));
  if (pattern !== undefined) {
    cluster.client.close();
    throw new CommandError(
      EXIT.usage,
      `context ${name} is refused here: kubelane.yaml has cluster: { refuse: [${pattern}] }`,
      "name another one with --context",
    );
  }
  tellFirstUse(context, cluster.context);
  return {
    ...cluster,
    name: `context ${name} (${cluster.context.cluster.server.host})`,
    ownNamespace,
    // The namespaces in kubelane.yaml apply only to the cluster that it names.
    ...(namespaces !== undefined && (configured ?? name) === name && { namespaces }),
  };
}

/** `*` stands for any text. */
function patternMatches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((each) => each.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(name);
}

function usable<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    throw new CommandError(EXIT.unreadable, error.message, undefined, { cause: error });
  }
}

/** Why a cluster can't be read, and what to do, in terms of the command line. */
export function asCommandError(error: unknown, { context }: Cluster): unknown {
  const { name, cluster, user } = context;
  const what = `the cluster of context ${name} can't be read`;
  if (error instanceof ApiError || error instanceof CredentialsError) {
    const isLogin = error instanceof CredentialsError || error.status === 401;
    const next = isLogin
      ? `log in anew as ${user.name}, for example with kubectl get ns`
      : undefined;
    return new CommandError(EXIT.unreadable, `${what}: ${error.message}`, next, { cause: error });
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const next = `is ${cluster.server.host} reachable from here?`;
  return new CommandError(EXIT.unreadable, `${what}: ${message}`, next, { cause: error });
}
