import type { TraceAnswer } from "../../messages.ts";
import type { WorldPod, WorldService } from "../../world.ts";
import { Box } from "../map/box.tsx";
import { PodBox, ServiceBox } from "../map/graph.tsx";
import type { Point } from "../map/layout.ts";
import { curve } from "../map/line.tsx";
import { SIZES } from "../map/size.ts";
import { Scroll } from "../parts.tsx";
import { world } from "../stream.ts";
import { t } from "../words.ts";

/** In pixels: between two columns, and from the middle of one endpoint to that of the next. */
const GAP = 72;
const ROW = 52;
/** Endpoints that are drawn; the chosen one always is. */
const MAX_DRAWN = 6;

interface PictureProps {
  readonly target: string;
  readonly path: TraceAnswer["path"];
  readonly reached: boolean;
}

/** The path of a name or request as boxes from left to right; the thick line is the one that is taken. */
export function TracePicture({ target, path, reached }: PictureProps) {
  const { services, pods, routes } = world.value;
  const service = services.get(path.service ?? "");
  const route = routes.get(path.route ?? "");
  const endpoints = drawnEndpoints(service, path.endpoint);
  const height = Math.max(84, endpoints.length * ROW + 12);
  const middle = height / 2;
  const columns = [SIZES.route, ...(route ? [SIZES.route] : []), SIZES.service, SIZES.pod];
  const centres = columns.map(({ width }, i) => {
    const before = columns.slice(0, i).reduce((sum, each) => sum + each.width + GAP, 0);
    return { x: 2 + before + width / 2, y: middle };
  });
  const width = columns.reduce((sum, each) => sum + each.width + GAP, 4 - GAP);
  const steps = centres.slice(0, -1);
  const last = centres.at(-1) as Point;
  const placed = endpoints.map((id, i) => ({
    id,
    centre: { x: last.x, y: middle + (i - (endpoints.length - 1) / 2) * ROW },
  }));
  const serviceCentre = steps.at(-1) as Point;
  const way = [path.route, path.service, path.endpoint].filter(Boolean).join(" → ");
  return (
    <Scroll label={`${target}: ${way}`}>
      <svg class="graph" width={width} height={height}>
        <title>{way}</title>
        {steps.slice(1).map((to, i) => {
          const from = steps[i] as Point;
          const isLast = i === steps.length - 2;
          const isTaken = !isLast || service !== undefined;
          return (
            <Way
              key={to.x}
              from={{ x: from.x + SIZES.route.width / 2, y: middle }}
              to={{ x: to.x - (isLast ? SIZES.service : SIZES.route).width / 2, y: middle }}
              look={isTaken ? "lit" : "lit bad"}
            />
          );
        })}
        {placed.map(({ id, centre }) => (
          <Way
            key={id}
            from={{ x: serviceCentre.x + SIZES.service.width / 2, y: middle }}
            to={{ x: centre.x - SIZES.pod.width / 2, y: centre.y }}
            look={id === path.endpoint ? "lit" : ""}
          />
        ))}
        <Box kind="route" centre={steps[0] as Point} tone="none" look="taken asker" name={target}>
          {t("you")}
        </Box>
        {route !== undefined && (
          <Box
            kind="route"
            centre={steps[1] as Point}
            tone={route.problem ? "bad" : "none"}
            look="taken"
            name={`${route.kind} ${route.name}`}
            hint={route.problem}
          >
            {route.hosts.join(", ")}
          </Box>
        )}
        <MeantService service={service} centre={serviceCentre} isFine={reached} />
        {placed.map(({ id, centre }) => (
          <Endpoint key={id} id={id} pod={pods.get(id)} centre={centre} taken={path.endpoint} />
        ))}
      </svg>
    </Scroll>
  );
}

function drawnEndpoints(service: WorldService | undefined, taken: string | undefined): string[] {
  const all = [
    ...new Set([...(taken === undefined ? [] : [taken]), ...(service?.endpoints ?? [])]),
  ];
  return all.slice(0, MAX_DRAWN).sort();
}

function MeantService(props: {
  service: WorldService | undefined;
  centre: Point;
  isFine: boolean;
}) {
  const { service, centre, isFine } = props;
  if (service === undefined) {
    return (
      <Box kind="service" centre={centre} tone={isFine ? "none" : "bad"} name="?">
        {t("noSuchName")}
      </Box>
    );
  }
  return <ServiceBox service={service} centre={centre} look="taken" />;
}

interface EndpointProps {
  readonly id: string;
  readonly pod: WorldPod | undefined;
  readonly centre: Point;
  readonly taken: string | undefined;
}

function Endpoint({ id, pod, centre, taken }: EndpointProps) {
  const look = id === taken ? "taken" : "";
  if (pod !== undefined) return <PodBox pod={pod} centre={centre} look={look} />;
  return <Box kind="address" centre={centre} tone="none" look={look} name={id} />;
}

function Way({ from, to, look }: { from: Point; to: Point; look: string }) {
  return (
    <g class={`edge ${look}`}>
      <path d={curve(from, to)} stroke-width={look === "" ? 1.25 : 2.5} />
    </g>
  );
}
