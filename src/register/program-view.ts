import { createDns, type Dns } from "../dns/dns.ts";
import type { AddressView } from "../dns/options.ts";
import { createServiceView, type ServiceView } from "../engine/in-process/service-view.ts";
import type { LocalAddressOf } from "../proxy/mapped-dialer.ts";
import type { Reach } from "../proxy/reach.ts";
import type { Store } from "../store/store.ts";
import type { Standpoint } from "../view/standpoint.ts";
import { createView } from "../view/view.ts";

export interface ProgramViewOptions {
  readonly store: Store;
  /** Where the program stands; its namespace is that of short names. */
  readonly standpoint: Partial<Standpoint>;
  /** Which addresses names have: those of the DNS server that others see. */
  readonly addresses: AddressView;
  readonly localAddressOf?: LocalAddressOf;
  readonly reach?: Reach;
  readonly trouble?: () => string | undefined;
}

/** The Services of a store as this program sees them. */
export function createProgramView({
  store,
  standpoint,
  addresses,
  localAddressOf = () => undefined,
  reach,
  trouble,
}: ProgramViewOptions): ServiceView {
  const view = createView({ ...standpoint, store });
  let local: Dns | undefined;
  return createServiceView({
    view,
    localAddressOf,
    reach,
    ...(addresses === "local" && {
      dns: () => (local ??= createDns({ ...view.dnsOptions, view: "local" })),
    }),
    ...(trouble && { trouble }),
  });
}
