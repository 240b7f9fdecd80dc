import { useEffect, useRef } from "preact/hooks";
import { edgeEnd, edgeKey } from "../../messages.ts";
import type { WorldService } from "../../world.ts";
import { MarkIcon } from "../mark.tsx";
import { linkToService } from "../place.ts";
import { countsOf, stateOfService } from "../state.ts";
import { rates } from "../stream.ts";
import { t } from "../words.ts";
import { columns, groupsOf, isDrawn, type TileGroup } from "./drawn.ts";
import { useOnScreen } from "./on-screen.ts";
import type { Region } from "./region.ts";
import { formatRate } from "./traffic.ts";

/** In pixels, with the gap. */
const TILE = { width: 216, height: 60 };

/** The Services of a region that has too many for lines. */
export function Tiles({ region }: { region: Region }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(([seen]) => {
      const { width = 0 } = seen?.contentRect ?? {};
      columns.value = Math.max(1, Math.floor(width / TILE.width));
    });
    observer.observe(box.current as HTMLElement);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} style={{ "--columns": columns.value }}>
      {groupsOf(region).map((group) => (
        <Group key={group.name} group={group} />
      ))}
    </div>
  );
}

function Group({ group: { name, services } }: { group: TileGroup }) {
  const box = useRef<HTMLUListElement>(null);
  useOnScreen(box, name);
  const height = Math.ceil(services.length / columns.value) * TILE.height;
  return (
    <ul ref={box} class="tiles" style={{ minHeight: `${height}px` }}>
      {isDrawn(name) && services.map((service) => <Tile key={service.id} service={service} />)}
    </ul>
  );
}

function Tile({ service }: { service: WorldService }) {
  const state = stateOfService(service);
  const traffic = rates.value.get(edgeKey(edgeEnd.anyone, edgeEnd.service(service.id)));
  const look = traffic === undefined ? "" : traffic.errors > 0 ? " lit failed" : " lit";
  return (
    <li>
      <a
        class={`tile ${state.tone}${look}`}
        href={linkToService(service.id)}
        title={service.problem ?? service.address}
      >
        <MarkIcon tone={state.tone} />
        <span class="tile-name">{service.name}</span>
        <span class="small">
          {t(state.word)}
          {countsOf(service)}
          {traffic !== undefined && ` · ${formatRate(traffic.rate)}${t("perSecond")}`}
        </span>
      </a>
    </li>
  );
}
