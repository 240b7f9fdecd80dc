import { isProxyVariable } from "../network/proxy-variables.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Set inside, so that programs (kubelane's own, and prompts) know where they are. */
export const SHELL_VARIABLE = "KUBELANE_SHELL";

/** Set inside: the address that NodePorts are on. */
const NODE_VARIABLE = "KUBELANE_NODE";

export interface EnvironmentOptions {
  readonly namespace: string;
  readonly nodeAddress: string;
  /** What the pod names, or the program needs; wins over what is inherited. */
  readonly own?: Variables;
}

/** The environment of a command inside: that of the user, without what makes no sense there. */
export function commandEnvironment(
  inherited: Variables,
  { namespace, nodeAddress, own = {} }: EnvironmentOptions,
): Record<string, string> {
  const environment: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries({ ...inherited, ...own })) {
    if (value === undefined || (isProxyVariable(name) && own[name] === undefined)) continue;
    environment[name] = value;
  }
  environment[SHELL_VARIABLE] = namespace;
  environment[NODE_VARIABLE] = nodeAddress;
  return environment;
}
