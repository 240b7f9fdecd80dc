import type { EngineOptions } from "../../engine/options.ts";
import type { SettingValues } from "../../manifests/settings/table.ts";

/** What settings say to an engine, whichever command it is of. */
export function localOptions(values: SettingValues): EngineOptions {
  const {
    node,
    zone,
    apiServer,
    "gateway.classes": routeClasses,
    "backOff.base": base,
    "backOff.cap": cap,
  } = values;
  return {
    localPods: values,
    clusterDomain: values.clusterDomain,
    furtherZones: values["dns.zones"],
    pods: values["dns.pods"],
    network: values.network,
    dataPlane: values.dataPlane,
    offline: values.offline,
    expose: values.expose,
    loadBalancerRange: values.loadBalancerRange,
    ...(routeClasses !== undefined && { routeClasses }),
    ...(apiServer !== undefined && { apiServer }),
    ...(node !== undefined && { node }),
    ...(zone !== undefined && { zone }),
    nodes: values.nodes,
    backOff: { ...(base !== undefined && { base }), ...(cap !== undefined && { cap }) },
    environmentSources: {
      inherit: values["environment.inherit"],
      serviceLinks: values["environment.serviceLinks"],
      podInfo: values["environment.podInfo"],
      ports: values["environment.ports"],
      references: values["environment.references"],
      extra: values["environment.proxy"],
    },
  };
}
