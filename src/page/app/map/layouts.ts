import { signal } from "@preact/signals";
import type { Layout, Plan } from "./layout.ts";
import type { RegionGraph } from "./region.ts";
import { SIZES } from "./size.ts";

interface Known {
  /** What the layout is of. */
  readonly signature: string;
  readonly layout: Layout | undefined;
}

/** By namespace. While a layout is computed anew, the former one is shown. */
export const layouts = signal<ReadonlyMap<string, Known>>(new Map());

const worker = new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" });
const waiting = new Map<number, { readonly namespace: string; readonly signature: string }>();
let count = 0;

worker.onmessage = ({ data }: MessageEvent<{ number: number; layout: Layout }>) => {
  const asked = waiting.get(data.number);
  waiting.delete(data.number);
  if (asked === undefined) return;
  const { namespace, signature } = asked;
  if (layouts.value.get(namespace)?.signature !== signature) return;
  layouts.value = new Map(layouts.value).set(namespace, { signature, layout: data.layout });
};

/** Computes the layout of a region anew when its boxes or lines have changed; the content of a box does not matter. */
export function layOutRegion(namespace: string, graph: RegionGraph): void {
  const plan: Plan = {
    nodes: graph.nodes.map(({ id, kind }) => ({ id, ...SIZES[kind] })),
    edges: graph.edges.map(({ from, to }) => ({ from, to })),
  };
  const signature = JSON.stringify(plan);
  const known = layouts.peek().get(namespace);
  if (known?.signature === signature) return;
  layouts.value = new Map(layouts.peek()).set(namespace, { signature, layout: known?.layout });
  waiting.set(++count, { namespace, signature });
  worker.postMessage({ number: count, plan });
}
