/**
 * Who has a place that several Services want: the first that came, and the next one after it, as with relays.
 */
export class PlaceClaims {
  /** By place, the Services that want it in the order in which they came. */
  readonly #claims = new Map<string, Set<string>>();
  readonly #byService = new Map<string, ReadonlySet<string>>();

  /**
   * Brings a Service's claims in step with what it wants now.
   * @returns Services that have got a place by it
   */
  update(service: string, wanted: ReadonlySet<string>): Set<string> {
    const heirs = new Set<string>();
    for (const place of wanted) {
      const claims = this.#claims.get(place);
      if (claims === undefined) this.#claims.set(place, new Set([service]));
      else claims.add(service);
    }
    for (const place of this.#byService.get(service) ?? []) {
      if (wanted.has(place)) continue;
      const claims = this.#claims.get(place);
      claims?.delete(service);
      const [heir] = claims ?? [];
      if (heir === undefined) this.#claims.delete(place);
      else heirs.add(heir);
    }
    if (wanted.size === 0) this.#byService.delete(service);
    else this.#byService.set(service, wanted);
    return heirs;
  }

  has(service: string, place: string): boolean {
    const [owner] = this.#claims.get(place) ?? [];
    return owner === service;
  }
}
