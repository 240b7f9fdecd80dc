import type { PointOfView } from "../dns/dns.ts";
import { validateDns1123Label, validateDns1123Subdomain } from "../labels/dns-name.ts";
import { DEFAULT_NAMESPACE } from "../objects/resource.ts";
import type { StoreReader } from "../store/store-reader.ts";
import { CommandError } from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { noSuchObject } from "./no-such-object.ts";

/**
 * The point of view of a command: a namespace (`-n`), or one of its pods (`--as pod/NAME`), whose dnsPolicy and
 * dnsConfig apply (D.15).
 * @param ownNamespace the default namespace
 * @throws CommandError for anything but a pod, or an invalid namespace.
 */
export function pointOfView(
  options: Readonly<Record<string, unknown>>,
  ownNamespace: string = DEFAULT_NAMESPACE,
): PointOfView {
  const { namespace = ownNamespace } = options as { readonly namespace?: string };
  const [problem] = validateDns1123Label(namespace);
  if (problem !== undefined) {
    throw new CommandError(
      EXIT.usage,
      `-n ${JSON.stringify(namespace)} is no name of a namespace: ${problem.message}`,
      "write, for example, -n shop",
    );
  }
  const as = options["as"] as string | undefined;
  if (as === undefined) return { namespace };
  const [, pod] = /^(?:(?:pods?|po)\/)?([^/]+)$/.exec(as) ?? [];
  if (pod !== undefined && validateDns1123Subdomain(pod).length === 0) return { namespace, pod };
  throw new CommandError(
    EXIT.usage,
    `--as ${/^[!-~]+$/.test(as) ? as : JSON.stringify(as)} is no pod`,
    "write --as pod/NAME, and -n NAMESPACE",
  );
}

/** The same, for existing pods only. @throws CommandError for a pod that does not exist, too. */
export function askerOf(
  options: Readonly<Record<string, unknown>>,
  store: StoreReader,
  ownNamespace: string,
): PointOfView {
  const who = pointOfView(options, ownNamespace);
  const { namespace = ownNamespace, pod } = who;
  if (pod === undefined || store.get("Pod", namespace, pod) !== undefined) return who;
  throw noSuchObject(store, { groupKind: "Pod", namespace, name: pod });
}
