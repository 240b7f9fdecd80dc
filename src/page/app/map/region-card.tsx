import { useEffect, useRef } from "preact/hooks";
import { calls, world } from "../stream.ts";
import { counted, t } from "../words.ts";
import { isDrawn, isLined } from "./drawn.ts";
import { Graph } from "./graph.tsx";
import { layOutRegion, layouts } from "./layouts.ts";
import { useOnScreen } from "./on-screen.ts";
import { graphOf, type Region } from "./region.ts";
import { Tiles } from "./tiles.tsx";

/** A namespace of the map. */
export function RegionCard({ region }: { region: Region }) {
  const { namespace, services } = region;
  const card = useRef<HTMLElement>(null);
  useOnScreen(card, namespace);
  const bad = services.filter(({ problem }) => problem !== undefined).length;
  const id = `region-${namespace}`;
  return (
    <section
      ref={card}
      class={`card region${isLined(region) ? "" : " tiled"}`}
      aria-labelledby={id}
    >
      <h2 id={id}>
        {namespace}
        <small>
          {counted(services.length, "oneService", "countServices")}
          {bad > 0 && (
            <>
              {" · "}
              <span class="bad">{t("withoutPod", bad)}</span>
            </>
          )}
        </small>
      </h2>
      {isLined(region) ? <Lined region={region} /> : <Tiles region={region} />}
    </section>
  );
}

function Lined({ region }: { region: Region }) {
  const { namespace, services } = region;
  const graph = isDrawn(namespace) ? graphOf(region, world.value, calls.value) : undefined;
  useEffect(() => {
    if (graph !== undefined) layOutRegion(namespace, graph);
  });
  const layout = layouts.value.get(namespace)?.layout;
  if (graph === undefined || layout === undefined) {
    // As large as it is, or will be about.
    const { width, height } = layout ?? { width: 640, height: services.length * 76 };
    return <div style={{ width: `${width}px`, maxWidth: "100%", height: `${height}px` }} />;
  }
  return <Graph name={namespace} graph={graph} layout={layout} />;
}
