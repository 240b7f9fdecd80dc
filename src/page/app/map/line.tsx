import { rates } from "../stream.ts";
import { t } from "../words.ts";
import type { Point } from "./layout.ts";
import { ENTRY, FIGURES } from "./size.ts";
import { formatDuration, formatRate, together } from "./traffic.ts";

/** An edge as it is drawn. */
export interface Line {
  readonly id: string;
  /** The rates that are shown on it. */
  readonly rates: readonly string[];
  readonly start: Point;
  readonly end: Point;
  /** The level part of the line, where its figures don't collide with others. */
  readonly figures: "start" | "end";
  /** It comes from outside, and is hidden while there is no traffic. */
  readonly isEntry: boolean;
}

export function LinePath({ rates: keys, start, end, figures, isEntry }: Line) {
  const traffic = together(keys, rates.value);
  if (isEntry && traffic === undefined) return null;
  const look = traffic === undefined ? "" : traffic.errors > 0 ? " lit bad" : " lit";
  return (
    <g class={`edge${look}`}>
      <path
        d={isEntry ? `M${start.x},${start.y}H${end.x}` : curve(start, end, figures)}
        stroke-width={traffic ? 1.75 + Math.log10(1 + traffic.rate) : 1.25}
      />
      {isEntry && <circle cx={start.x} cy={start.y} r="3.5" />}
    </g>
  );
}

/** The traffic of a line: how much, and how long it takes. */
export function Figures({ rates: keys, start, end, figures, isEntry }: Line) {
  const traffic = together(keys, rates.value);
  if (traffic === undefined) return null;
  const { width, height } = FIGURES;
  const room = isEntry ? ENTRY / 2 : width / 2 + 8;
  const x = figures === "start" ? start.x + room : end.x - room;
  const y = figures === "start" ? start.y : end.y;
  const failed = Math.ceil(traffic.errors * 100);
  return (
    <g class={`figures${failed > 0 ? " bad" : ""}`} transform={`translate(${x},${y})`}>
      <rect x={-width / 2} y={-height / 2} width={width} height={height} rx="6" />
      <text y={-10} class="rate">
        {formatRate(traffic.rate)}
        {t("perSecond")}
        {failed > 0 && ` ✗${failed}%`}
      </text>{" "}
      <text y={4}>p50 {formatDuration(traffic.p50)}</text>{" "}
      <text y={17}>p99 {formatDuration(traffic.p99)}</text>
    </g>
  );
}

/** Begins and ends level. A line that leads back to an earlier layer goes around. */
export function curve(from: Point, to: Point, level?: "start" | "end"): string {
  const straight = FIGURES.width + 12;
  const begin = level === "start" ? { x: from.x + straight, y: from.y } : from;
  const stop = level === "end" ? { x: to.x - straight, y: to.y } : to;
  const bend = Math.max(28, Math.abs(stop.x - begin.x) / 2);
  return `M${from.x},${from.y}H${begin.x}C${begin.x + bend},${begin.y} ${stop.x - bend},${stop.y} ${stop.x},${stop.y}H${to.x}`;
}
