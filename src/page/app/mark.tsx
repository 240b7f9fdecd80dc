import type { Tone } from "./state.ts";

const SHAPES: Readonly<Record<Tone, string>> = {
  // A full circle, a half one, a ring with a hand, a triangle, a bar, a diamond.
  ok: "M0,-6a6,6 0 1,0 .01,0z",
  partial: "M0,-6a6,6 0 1,0 .01,0zM0,-4.4a4.4,4.4 0 0,1 0,8.8z",
  waiting: "M0,-6a6,6 0 1,0 .01,0zM0,-4a4,4 0 1,1 -.01,0zM-1,-3h2v3.4h-2z",
  bad: "M0,-6.5L7,5.5H-7zM-.9,-2h1.8v4h-1.8zM-.9,3h1.8v1.6h-1.8z",
  ending: "M-6,-1.5h12v3h-12z",
  none: "M0,-6L6,0L0,6L-6,0zM0,-3.6L-3.6,0L0,3.6L3.6,0z",
};

/** A state, as a shape. */
export function Mark({ tone, x = 0, y = 0 }: { tone: Tone; x?: number; y?: number }) {
  return (
    <path
      class={`mark ${tone}`}
      d={SHAPES[tone]}
      fill-rule="evenodd"
      transform={`translate(${x},${y})`}
    />
  );
}

/** The same in running text. */
export function MarkIcon({ tone }: { tone: Tone }) {
  return (
    <svg class="icon" viewBox="-8 -8 16 16" width="14" height="14" aria-hidden="true">
      <Mark tone={tone} />
    </svg>
  );
}
