import { printable } from "../../diagnostics/printable.ts";
import type { Engine } from "../../engine/engine.ts";
import { describeInput, type ManifestInput } from "../../manifests/manifest-input.ts";
import type { SettingValues } from "../../manifests/settings/table.ts";
import { othersClasses } from "../../routes/served-classes.ts";
import { formatAddress } from "../listen-address.ts";
import { broughtServices } from "./brought-services.ts";
import { classesLine, listenerLines } from "./listener-lines.ts";
import { mirrorRule } from "./mirror.ts";
import { firstRelay, howToRun, lineToTry } from "./next-step.ts";
import type { Doors } from "./open-doors.ts";
import { formatServices } from "./service-table.ts";

export interface Served {
  readonly values: SettingValues;
  readonly manifests: readonly ManifestInput[];
  readonly followsCluster: boolean;
  readonly doors: Doors;
  readonly relays: boolean;
}

/** What an `up` says once it serves: the Services, where it listens, and what to type first. */
export function readyLines(engine: Engine, served: Served): string[] {
  const { values, doors } = served;
  const toTry = doors.gateway && lineToTry(engine, doors.gateway, values.clusterDomain);
  const toRun = howToRun(engine);
  return [
    "",
    servicesPart(engine, served),
    ...doorLines(engine, served),
    ...(toTry === undefined ? [] : ["", `try: ${toTry}`]),
    ...(toRun === undefined ? [] : [`no pod runs here yet; ${toRun}`]),
  ];
}

function servicesPart(engine: Engine, { manifests, followsCluster }: Served): string {
  if (broughtServices(engine.store).length === 0) {
    const where = followsCluster ? "the cluster" : manifests.map(describeInput).join(", ");
    return `no Services yet: what comes into ${where} is served\n`;
  }
  const whyNone = (service: Parameters<Engine["whyNone"]>[0]) => engine.whyNone(service);
  return printable(formatServices(engine.store, whyNone, engine.mirror.node));
}

function doorLines(engine: Engine, { values, doors, relays }: Served): string[] {
  const { dns, gateway, https, page, api, admin } = doors;
  const lines: string[] = [];
  if (dns) lines.push(`DNS      ${formatAddress(dns)} (UDP and TCP)`);
  if (gateway) {
    const also = https ? `, https://${formatAddress(https)} (kubelane trust)` : "";
    lines.push(`gateway  http://${formatAddress(gateway)}${also}`);
    if (page) lines.push(`page     ${page.link()}`);
  }
  for (const line of listenerLines(engine.listenerPlaces())) lines.push(line);
  const others = othersClasses(engine.store, values["gateway.classes"]);
  if (others.length > 0) lines.push(printable(classesLine(others)));
  const relay = relays && firstRelay(engine);
  if (relay) lines.push(`relays   ${formatAddress(relay)}, ${mirrorRule(engine.mirror)}`);
  if (api) {
    lines.push(
      `API      https://${formatAddress(api)}: export KUBECONFIG=$(kubelane kubeconfig --path)`,
    );
  }
  if (admin) lines.push(`admin    http://${formatAddress(admin)}/metrics`);
  return lines;
}
