import { layOut, type Plan } from "./layout.ts";

/** Layout takes up to a second for a large region, so it runs in a worker. */
addEventListener("message", ({ data }: MessageEvent<{ number: number; plan: Plan }>) => {
  postMessage({ number: data.number, layout: layOut(data.plan) });
});
