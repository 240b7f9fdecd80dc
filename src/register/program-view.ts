import { createBalancer } from "../balancer/balancer.ts";
import { createDns, type Dns } from "../dns/dns.ts";
import type { View } from "../dns/options.ts";
import { createServiceView, type ServiceView } from "../engine/in-process/service-view.ts";
import { FIRST_MIRROR, type LoopbackMirror } from "../net/loopback-mirror.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { Store } from "../store/store.ts";

export interface ProgramViewOptions {
  readonly store: Store;
  /** Whose short names apply. */
  readonly namespace: string;
  readonly clusterDomain?: string;
  /** Which addresses names have: those of the DNS server that others see. */
  readonly view: View;
  readonly localAddressOf?: LocalAddressOf;
  /** Where the addresses of the cluster are on this machine. Default: the first mirror. */
  readonly mirror?: LoopbackMirror;
  readonly trouble?: () => string | undefined;
}

/** The Services of a store as this program sees them. */
export function createProgramView({
  store,
  namespace,
  clusterDomain = "cluster.local",
  view,
  localAddressOf = () => undefined,
  mirror = FIRST_MIRROR,
  trouble,
}: ProgramViewOptions): ServiceView {
  let dns: Dns | undefined;
  return createServiceView({
    store,
    balancer: createBalancer({ store }),
    localAddressOf,
    mirror,
    clusterDomain,
    namespace,
    dns: () =>
      (dns ??= createDns({
        store,
        view,
        mirror,
        zones: [clusterDomain, "in-addr.arpa", "ip6.arpa"],
      })),
    ...(trouble && { trouble }),
  });
}
