import type { ListenerPlace } from "../../proxy/listeners/listener-doors.ts";

/** Owners that the first screen names at most. */
const SHOWN = 12;

/** That what another controller serves in production is served here. */
export function classesLine(names: readonly string[]): string {
  const which = names.length === 1 ? "class" : "classes";
  const whose = names.length === 1 ? "another controller's" : "other controllers'";
  return `served   Gateways and Ingresses of ${which} ${names.join(", ")}, ${whose} elsewhere (gateway.classes in kubelane.yaml)`;
}

/** Where Gateways and Ingresses answer, one line for each: ports that are not the listener's own say so. */
export function listenerLines(places: readonly ListenerPlace[]): string[] {
  const owners = new Map<string, ListenerPlace[]>();
  for (const place of places) owners.set(place.owner, [...(owners.get(place.owner) ?? []), place]);
  const lines = [...owners].map(([owner, own]) => {
    const title = owner === "Ingress" ? "Ingress" : `Gateway ${owner}`;
    // Its ClusterIP answers as well; the address outside is the one that its status has.
    const [{ host = "" } = {}] = own.slice(-1);
    const ports = own
      .filter((each) => each.host === host)
      .map(({ port, bound }) => (bound === port ? `${port}` : `${bound} (for ${port})`));
    return `${title}  ${host}:${ports.join(", ")}`;
  });
  const more = lines.length - SHOWN;
  return more > 0
    ? [...lines.slice(0, SHOWN), `and ${more} more Gateways: kubelane get gateways -A`]
    : lines;
}
