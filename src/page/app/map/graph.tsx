import { edgeKey } from "../../messages.ts";
import type { PodHome, WorldPod, WorldService } from "../../world.ts";
import { Scroll } from "../parts.tsx";
import { linkToPod, linkToService } from "../place.ts";
import { countsOf, stateOfPod, stateOfService, type Tone } from "../state.ts";
import { counted, t, type Word } from "../words.ts";
import { Box, shortened } from "./box.tsx";
import type { Layout, Point } from "./layout.ts";
import { Figures, type Line, LinePath } from "./line.tsx";
import type { MapNode, RegionGraph } from "./region.ts";
import { ENTRY, FIGURES, SIZES } from "./size.ts";

interface GraphProps {
  /** Of the namespace. */
  readonly name: string;
  readonly graph: RegionGraph;
  readonly layout: Layout;
}

/** A namespace as boxes in layers, with lines that light up as something goes over them. */
export function Graph({ name, graph, layout }: GraphProps) {
  const lines = linesOf(graph, layout);
  return (
    <Scroll label={name}>
      <svg class="graph" width={layout.width} height={layout.height}>
        <title>{name}</title>
        {lines.map((line) => (
          <LinePath key={line.id} {...line} />
        ))}
        {graph.nodes.map((node) => (
          <Node key={node.id} node={node} centre={layout.nodes.get(node.id)} />
        ))}
        {lines.map((line) => (
          <Figures key={line.id} {...line} />
        ))}
      </svg>
    </Scroll>
  );
}

/** The distance from a Service's middle at which two lines arrive, so that their figures fit one above the other. */
const BESIDE = FIGURES.height / 2 + 1;

function linesOf({ nodes, edges, entries }: RegionGraph, layout: Layout): Line[] {
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const drawn = edges.filter(({ from }) => kinds.get(from) !== "spacer");
  const leaving = countBy(drawn, ({ from }) => from);
  const arriving = countBy(drawn, ({ to }) => to);
  const side = (id: string, direction: -1 | 1): { x: number; y: number } | undefined => {
    const at = layout.nodes.get(id);
    const kind = kinds.get(id);
    return at && kind && { x: at.x + (direction * SIZES[kind].width) / 2, y: at.y };
  };
  const crowded = new Set<string>();
  const lines = drawn.flatMap(({ from, to, rates }): Line[] => {
    const [start, end] = [side(from, 1), side(to, -1)];
    if (start === undefined || end === undefined) return [];
    // Where many lines meet, figures are at their other ends; those of lines from outside are before the Service.
    const fan = (leaving.get(from) ?? 0) - (arriving.get(to) ?? 0);
    const isFree = kinds.get(to) !== "service";
    const figures = fan > 0 || (fan === 0 && isFree) ? "end" : "start";
    if (figures === "end" && !isFree) {
      crowded.add(to);
      end.y += BESIDE;
    }
    return [{ id: edgeKey(from, to), rates, start, end, figures, isEntry: false }];
  });
  return [
    ...lines,
    ...entries.flatMap(({ to, rates }): Line[] => {
      const end = side(to, -1);
      if (end === undefined) return [];
      if (crowded.has(to)) end.y -= BESIDE;
      const start = { x: end.x - ENTRY, y: end.y };
      return [{ id: `>${to}`, rates, start, end, figures: "end", isEntry: true }];
    }),
  ];
}

function countBy<T>(all: readonly T[], of: (each: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const each of all) counts.set(of(each), (counts.get(of(each)) ?? 0) + 1);
  return counts;
}

/** A word for where a pod runs, unless it is a process of this `up`. */
const HOMES: Readonly<Partial<Record<PodHome, Word>>> = {
  attached: "isAttached",
  stub: "isStub",
  remote: "isRemote",
};

function Node({ node, centre }: { node: MapNode; centre: Point | undefined }) {
  if (centre === undefined) return null;
  switch (node.kind) {
    case "spacer":
      return null;
    case "route": {
      const { kind, name, hosts, problem } = node.route;
      return (
        <Box
          kind="route"
          centre={centre}
          tone={problem ? "bad" : "none"}
          name={`${kind} ${name}`}
          hint={problem}
        >
          {shortened(hosts.join(", "), 26)}
        </Box>
      );
    }
    case "service": {
      const { service } = node;
      const look = service.type === "ExternalName" ? "external" : "";
      return <ServiceBox service={service} centre={centre} look={look} />;
    }
    case "pod":
      return <PodBox pod={node.pod} centre={centre} />;
    case "pods":
      return (
        <Box
          kind="pods"
          centre={centre}
          tone={worst(node.pods)}
          name={counted(node.pods.length, "onePod", "countPods")}
          href={linkToService(node.service)}
        >
          {countStages(node.pods)}
        </Box>
      );
    case "address":
      return <Box kind="address" centre={centre} tone="none" name={node.address} />;
  }
}

interface ServiceBoxProps {
  readonly service: WorldService;
  readonly centre: Point;
  readonly look: string;
}

export function ServiceBox({ service, centre, look }: ServiceBoxProps) {
  const { tone, word } = stateOfService(service);
  return (
    <Box
      kind="service"
      centre={centre}
      tone={tone}
      look={look}
      name={service.name}
      href={linkToService(service.id)}
      hint={service.problem}
      code={service.address}
    >
      {t(word)}
      {countsOf(service)}
    </Box>
  );
}

export function PodBox({ pod, centre, look }: { pod: WorldPod; centre: Point; look?: string }) {
  const { tone, word } = stateOfPod(pod);
  const home = HOMES[pod.home];
  return (
    <Box
      kind="pod"
      centre={centre}
      tone={tone}
      look={`${pod.home} ${look ?? ""}`}
      name={pod.name}
      href={linkToPod(pod.id)}
      hint={pod.why}
    >
      {t(word)}
      {home !== undefined && ` · ${t(home)}`}
      {pod.restarts > 0 && ` · ↻${pod.restarts}`}
    </Box>
  );
}

const WORST_FIRST = ["bad", "partial", "waiting", "ending", "none", "ok"] as const;

function worst(pods: readonly WorldPod[]): Tone {
  const tones = new Set(pods.map((pod) => stateOfPod(pod).tone));
  return WORST_FIRST.find((tone) => tones.has(tone)) ?? "none";
}

function countStages(pods: readonly WorldPod[]): string {
  const counts = new Map<WorldPod["stage"], number>();
  for (const { stage } of pods) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  return [...counts].map(([stage, count]) => `${count} ${t(stage)}`).join(", ");
}
