import { qualifiedName } from "../objects/object-key.ts";
import type { IPFamily, Service, ServicePort } from "../objects/service.ts";
import { type PortSource, PortState } from "./balanced-port.ts";
import { primaryFamily, protocolOf } from "./service-port.ts";

/** The state of every service port that was asked for, kept in step with its Service and slices. */
export class PortStates {
  readonly #source: PortSource;
  /** By `namespace/name`, then by port name, protocol and family. */
  readonly #byService = new Map<string, Map<string, PortState>>();

  constructor(source: PortSource) {
    this.#source = source;
  }

  /** The state of a port as it stands in the Service; made when first asked for. */
  of(service: Service, port: ServicePort, family: IPFamily = primaryFamily(service)): PortState {
    const id = idOf(service);
    let states = this.#byService.get(id);
    if (states === undefined) {
      states = new Map();
      this.#byService.set(id, states);
    }
    const protocol = protocolOf(port);
    const key = `${port.name ?? ""}/${protocol}/${family}`;
    let state = states.get(key);
    if (state === undefined) {
      const { namespace = "", name } = service.metadata;
      const own = { namespace, service: name, port: port.name ?? "", protocol, family };
      state = new PortState(own, service, port, this.#source);
      states.set(key, state);
    }
    return state;
  }

  /** The slices of a Service changed. @param id `namespace/name` */
  touch(id: string | undefined): void {
    if (id === undefined) return;
    for (const state of this.#byService.get(id)?.values() ?? []) state.invalidate();
  }

  /** The Service changed: ports that are still there show it, the others have no endpoints any more. */
  update(service: Service): void {
    const id = idOf(service);
    const states = this.#byService.get(id);
    for (const [key, state] of states ?? []) {
      const { port: name, protocol } = state.key;
      const port = service.spec.ports?.find(
        (each) => (each.name ?? "") === name && protocolOf(each) === protocol,
      );
      if (port !== undefined) {
        state.update(service, port);
      } else {
        state.remove();
        states?.delete(key);
      }
    }
  }

  delete(service: Service): void {
    const id = idOf(service);
    for (const state of this.#byService.get(id)?.values() ?? []) state.remove();
    this.#byService.delete(id);
  }
}

function idOf({ metadata: { namespace = "", name } }: Service): string {
  return qualifiedName(namespace, name);
}
