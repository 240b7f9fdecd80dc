import type { Balancer } from "../../balancer/balancer.ts";
import type { Binder } from "../../net/binder.ts";
import type { Service } from "../../objects/service.ts";
import { healthCheck, healthCheckPort } from "./health-check.ts";
import type { Relay } from "./relay.ts";

export interface HealthChecksOptions {
  /** Where the ports are opened; undefined: nowhere. */
  readonly host: string | undefined;
  readonly binder: Binder;
  readonly balancer: Balancer;
  /** The Service as it is now. @param id `namespace/name` */
  serviceOf(id: string): Service | undefined;
  readonly onError: (error: Error) => void;
}

/** The health check node ports of all Services (P.7). */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  /** By `namespace/name`. */
  readonly #checks = new Map<string, { readonly port: number; readonly relay: Relay }>();

  constructor(options: HealthChecksOptions) {
    this.#options = options;
  }

  /** The Service changed. */
  update(id: string): void {
    const { host, binder, balancer, serviceOf, onError } = this.#options;
    const service = serviceOf(id);
    const port = service && healthCheckPort(service);
    const known = this.#checks.get(id);
    if (known?.port === port) return;
    known?.relay.setOpen(false);
    this.#checks.delete(id);
    if (port === undefined || host === undefined) return;
    const relay = healthCheck(port, {
      host,
      binder,
      balancer,
      service: () => serviceOf(id),
      onListenError: onError,
    });
    relay.setOpen(true);
    this.#checks.set(id, { port, relay });
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#checks.values()].map(({ relay }) => relay.settled()));
  }

  async close(grace: number): Promise<void> {
    const checks = [...this.#checks.values()];
    this.#checks.clear();
    await Promise.all(checks.map(({ relay }) => relay.close(grace)));
  }
}
