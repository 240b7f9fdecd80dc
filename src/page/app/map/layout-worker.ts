import { layOut, type Plan } from "./layout.ts";

/** Laying out takes up to a second for a large region: nothing else waits for it here. */
addEventListener("message", ({ data }: MessageEvent<{ number: number; plan: Plan }>) => {
  postMessage({ number: data.number, layout: layOut(data.plan) });
});
