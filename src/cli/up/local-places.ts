import type { LocalPlace } from "../../control/local-places.ts";
import type { Engine } from "../../engine/engine.ts";

/** Where the pods are that run on this machine. */
export function localPlacesOf(engine: Engine): LocalPlace[] {
  return engine.store.list("Pod").flatMap((pod) => {
    const network = engine.networkOf(pod);
    const { namespace = "", name } = pod.metadata;
    if (network === undefined) return [];
    return [{ namespace, name, network, exposed: engine.exposedPorts({ namespace, name }) }];
  });
}
