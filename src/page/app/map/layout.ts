import { Graph, layout } from "@dagrejs/dagre";
import { ENTRY, FIGURES, type Size } from "./size.ts";

/** The input of layout, which can be sent to a worker. */
export interface Plan {
  readonly nodes: readonly (Size & { readonly id: string })[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout extends Size {
  /** Centres of the boxes. */
  readonly nodes: ReadonlyMap<string, Point>;
}

/** In layers from left to right: callers are left of what they call. */
export function layOut({ nodes, edges }: Plan): Layout {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 12, ranksep: GAP, marginx: 2, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: width + LEFT,
    height,
    nodes: new Map(graph.nodes().map((id) => [id, pointOf(graph.node(id))])),
  };
}

/** Between two columns: room for the figures of lines from the left and from outside. */
const GAP = FIGURES.width + ENTRY + 24;

/** Before the first column: the same from outside, with where it begins. */
const LEFT = ENTRY + 4;

const pointOf = ({ x, y }: { x?: number; y?: number }): Point => ({
  x: Math.round(x ?? 0) + LEFT,
  y: Math.round(y ?? 0),
});
