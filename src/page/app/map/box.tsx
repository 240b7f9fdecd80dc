import type { ComponentChildren } from "preact";
import { Mark } from "../mark.tsx";
import type { Tone } from "../state.ts";
import type { Point } from "./layout.ts";
import type { MapNode } from "./region.ts";
import { SIZES } from "./size.ts";

export interface BoxProps {
  readonly kind: Exclude<MapNode["kind"], "spacer">;
  readonly centre: Point;
  readonly tone: Tone;
  readonly name: string;
  /** A further class: `stub`, `remote`, `taken`. */
  readonly look?: string | undefined;
  readonly href?: string | undefined;
  readonly hint?: string | undefined;
  /** A line in monospace, below the others. */
  readonly code?: string;
  readonly children?: ComponentChildren;
}

/** A box with a mark, a name and up to two lines below it. */
export function Box(props: BoxProps) {
  const { kind, centre, tone, name, look = "", href, hint, code, children } = props;
  const { width, height } = SIZES[kind];
  const isRound = kind === "pod" || kind === "pods" || kind === "address";
  const lines = 1 + (children === undefined ? 0 : 1) + (code === undefined ? 0 : 1);
  // The lines are centred as one.
  const first = height / 2 - (lines - 1) * 7.5 + 4.5;
  const left = isRound ? 34 : 30;
  const most = Math.floor((width - left - 10) / (isRound ? 7.1 : 7.7));
  // Blanks between the texts, so that screen readers separate the words.
  const box = (
    <>
      <rect width={width} height={height} rx={isRound ? height / 2 : 7} />
      {look.includes("remote") && (
        <rect
          class="inner"
          x={3}
          y={3}
          width={width - 6}
          height={height - 6}
          rx={isRound ? height / 2 - 3 : 5}
        />
      )}
      <Mark tone={tone} x={isRound ? 19 : 16} y={first - 4.5} />
      <text x={left} y={first} class="name">
        {shortened(name, most)}
      </text>{" "}
      {children !== undefined && (
        <text x={left} y={first + 15} class="small">
          {children}
        </text>
      )}{" "}
      {code !== undefined && (
        <text x={left} y={first + 30} class="small mono">
          {shortened(code, most)}
        </text>
      )}
    </>
  );
  const all = `node ${kind} ${tone} ${look}`;
  return (
    <g transform={`translate(${centre.x - width / 2},${centre.y - height / 2})`}>
      <title>{hint ?? name}</title>
      {href === undefined ? (
        <g class={all}>{box}</g>
      ) : (
        <a class={all} href={href} aria-description={hint}>
          {box}
        </a>
      )}
    </g>
  );
}

/** Shortened in the middle: pods' names differ at the end. */
export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const tail = Math.floor((most - 1) / 2);
  return `${text.slice(0, most - 1 - tail)}…${text.slice(-tail)}`;
}
