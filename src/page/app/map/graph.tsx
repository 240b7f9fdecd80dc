import type { ComponentChildren } from "preact";
import type { WorldPod } from "../../world.ts";
import { Mark } from "../mark.tsx";
import { Scroll } from "../parts.tsx";
import { linkToPod, linkToService } from "../place.ts";
import { countsOf, stateOfPod, stateOfService, type Tone } from "../state.ts";
import { edgeKey, rates } from "../stream.ts";
import { t } from "../words.ts";
import type { Layout, Point } from "./layout.ts";
import type { MapEdge, MapNode, RegionGraph } from "./region.ts";
import { SIZES } from "./size.ts";
import { formatDuration, formatRate, together } from "./traffic.ts";

interface GraphProps {
  /** Of the namespace. */
  readonly name: string;
  readonly graph: RegionGraph;
  readonly layout: Layout;
}

/** A namespace as boxes in layers, with lines that light up as something goes over them. */
export function Graph({ name, graph: { nodes, edges }, layout }: GraphProps) {
  const kinds = new Map(nodes.map(({ id, kind }) => [id, kind]));
  const leaving = countBy(edges, ({ from }) => from);
  const arriving = countBy(
    edges.filter(({ from }) => !from.startsWith("entry:")),
    ({ to }) => to,
  );
  const side = (id: string, direction: -1 | 1): Point | undefined => {
    const at = layout.nodes.get(id);
    const kind = kinds.get(id);
    return at && kind && { x: at.x + (direction * SIZES[kind].width) / 2, y: at.y };
  };
  const lines = edges.flatMap((edge) => {
    const start = side(edge.from, 1);
    const end = side(edge.to, -1);
    const fan = (leaving.get(edge.from) ?? 0) - (arriving.get(edge.to) ?? 0);
    return start && end ? [{ edge, start, end, label: labelPlace(kinds.get(edge.to), fan) }] : [];
  });
  return (
    <Scroll label={name}>
      <svg class="graph" width={layout.width} height={layout.height}>
        <title>{name}</title>
        {lines.map((line) => (
          <EdgeLine key={edgeKey(line.edge.from, line.edge.to)} {...line} />
        ))}
        {nodes.map((node) => (
          <Node key={node.id} node={node} at={layout.nodes.get(node.id)} />
        ))}
        {lines.map((line) => (
          <EdgeFigures key={edgeKey(line.edge.from, line.edge.to)} {...line} />
        ))}
      </svg>
    </Scroll>
  );
}

function countBy<T>(all: readonly T[], of: (each: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const each of all) counts.set(of(each), (counts.get(of(each)) ?? 0) + 1);
  return counts;
}

interface Line {
  readonly edge: MapEdge;
  readonly start: Point;
  readonly end: Point;
  readonly label: LabelPlace;
}

/** Where on a line its figures have room beside those of its neighbours. */
type LabelPlace = "start" | "middle" | "end";

/** @param fan how many more lines leave where it begins than arrive where it ends. */
function labelPlace(to: MapNode["kind"] | undefined, fan: number): LabelPlace {
  // What comes in from outside has its figures before a Service.
  if (to !== "service") return fan >= 0 ? "end" : "start";
  return fan >= 0 ? "middle" : "start";
}

/** Half of the room between two layers is for the figures on a line. */
const LABEL = 52;
/** What comes in from outside begins here, left of where it goes. */
const ENTRY = 76;

function EdgeLine({ edge, start, end }: Line) {
  const traffic = together(edge.rates, rates.value);
  const isEntry = edge.from.startsWith("entry:");
  if (isEntry && traffic === undefined) return null;
  const look = traffic === undefined ? "" : traffic.errors > 0 ? " lit bad" : " lit";
  const from = isEntry ? { x: end.x - ENTRY, y: end.y } : start;
  return (
    <g class={`edge${look}`}>
      <path
        d={curve(from, end)}
        stroke-width={traffic ? 1.5 + Math.log10(1 + traffic.rate) : 1.25}
      />
      {isEntry && <circle cx={from.x} cy={from.y} r="3.5" />}
    </g>
  );
}

function EdgeFigures({ edge, start, end, label }: Line) {
  const traffic = together(edge.rates, rates.value);
  if (traffic === undefined) return null;
  const isEntry = edge.from.startsWith("entry:");
  const { x, y } = isEntry
    ? { x: end.x - ENTRY / 2, y: end.y }
    : {
        start: { x: start.x + LABEL, y: start.y },
        middle: { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 },
        end: { x: end.x - LABEL, y: end.y },
      }[label];
  return (
    <text class="rate">
      <tspan x={x} y={y - 6}>
        {formatRate(traffic.rate)}
        {t("perSecond")}
      </tspan>
      <tspan x={x} y={y + 13}>
        p50 {formatDuration(traffic.p50)}
      </tspan>
      <tspan x={x} y={y + 24}>
        p99 {formatDuration(traffic.p99)}
      </tspan>
    </text>
  );
}

/** Leaves and arrives level. One that leads back, to a caller of its caller, goes around. */
function curve(from: Point, to: Point): string {
  const bend = Math.max(40, Math.abs(to.x - from.x) / 2);
  return `M${from.x},${from.y}C${from.x + bend},${from.y} ${to.x - bend},${to.y} ${to.x},${to.y}`;
}

function Node({ node, at }: { node: MapNode; at: Point | undefined }) {
  if (at === undefined || node.kind === "entry") return null;
  const size = SIZES[node.kind];
  const corner = { x: at.x - size.width / 2, y: at.y - size.height / 2 };
  switch (node.kind) {
    case "route": {
      const { route } = node;
      return (
        <Box
          kind="route"
          corner={corner}
          tone={route.problem ? "bad" : "none"}
          name={`${route.kind} ${route.name}`}
          hint={route.problem}
        >
          {shortened(route.hosts.join(", "), 28)}
        </Box>
      );
    }
    case "service": {
      const { service } = node;
      const state = stateOfService(service);
      return (
        <Box
          kind="service"
          corner={corner}
          tone={state.tone}
          name={service.name}
          href={linkToService(service.id)}
          hint={service.problem}
          second={shortened(service.address, 30)}
        >
          {t(state.word)}
          {countsOf(service)}
        </Box>
      );
    }
    case "pod": {
      const { pod } = node;
      const state = stateOfPod(pod);
      return (
        <Box
          kind="pod"
          corner={corner}
          tone={state.tone}
          name={pod.name}
          href={linkToPod(pod.id)}
          hint={pod.why}
        >
          {t(state.word)}
          {pod.restarts > 0 ? ` · ↻${pod.restarts}` : ""}
        </Box>
      );
    }
    case "pods": {
      return (
        <Box
          kind="pod"
          corner={corner}
          tone={worst(node.pods)}
          name={`${node.pods.length} ${t("pods")}`}
          href={linkToService(node.service)}
        >
          {countStages(node.pods)}
        </Box>
      );
    }
    case "address":
      return <Box kind="address" corner={corner} tone="none" name={node.address} />;
  }
}

interface BoxProps {
  readonly kind: MapNode["kind"];
  readonly corner: Point;
  readonly tone: Tone;
  readonly name: string;
  readonly href?: string;
  readonly hint?: string | undefined;
  readonly second?: string;
  readonly children?: ComponentChildren;
}

function Box({ kind, corner, tone, name, href, hint, second, children }: BoxProps) {
  const { width, height } = SIZES[kind];
  const isPod = kind === "pod";
  const hasMore = children !== undefined;
  // Blanks between the texts, so that screen readers speak them as words.
  const box = (
    <>
      <rect width={width} height={height} rx={isPod ? height / 2 : 6} />
      <Mark tone={tone} x={isPod ? 18 : 16} y={hasMore ? 18 : height / 2} />
      <text x={32} y={hasMore ? (isPod ? 17 : 22) : height / 2 + 4} class="name">
        {shortened(name, isPod ? 22 : 24)}
      </text>{" "}
      {hasMore && (
        <text x={32} y={isPod ? 31 : 38} class="small">
          {children}
        </text>
      )}{" "}
      {second !== undefined && (
        <text x={32} y={53} class="small mono">
          {second}
        </text>
      )}
    </>
  );
  const look = `node ${kind} ${tone}`;
  return (
    <g transform={`translate(${corner.x},${corner.y})`}>
      <title>{hint ?? name}</title>
      {href === undefined ? (
        <g class={look}>{box}</g>
      ) : (
        <a class={look} href={href} aria-description={hint}>
          {box}
        </a>
      )}
    </g>
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

/** Cut in the middle: the end of a pod's name is what tells it from others. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 2);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(-tail)}`;
}
