// What three open tabs of the page cost the gateway: `node bench/page/tabs.mjs [PAIRS] [PER-NAMESPACE]`, after
// `npm run build`.
//
// 2,000 Services with 6,000 pods, 5,000 requests a second over all of them. Rounds with three tabs and without take
// turns, and what is compared is the CPU time of the gateway's process for each request: what else the machine does
// counts little. The load and the pods are processes of their own.
import { loadavg } from "node:os";
import { median, start, wait } from "./start.mjs";

const ROUND = 5000;
const [, , pairs = "10", perNamespace = "2000"] = process.argv;

const world = await start({ services: 2000, perNamespace: Number(perNamespace), rate: 5000 });
const round = async (tabs) => {
  world.openTabs(tabs);
  await wait(2000);
  const [before, { cpu: cpuBefore }] = [await world.count(), await world.usage()];
  await wait(ROUND);
  const [after, { cpu }] = [await world.count(), await world.usage()];
  const done = after.done - before.done;
  return {
    perRequest: (cpu - cpuBefore) / done,
    rate: done / (ROUND / 1000),
    bytes: (after.bytes - before.bytes) / tabs / ROUND,
  };
};
await wait(8000);
const without = [];
const withTabs = [];
const ratios = [];
for (let i = 0; i < Number(pairs); i++) {
  // Each order as often as the other.
  const order = i % 2 === 0 ? [0, 3] : [3, 0];
  const rounds = [await round(order[0]), await round(order[1])];
  const [off, on] = i % 2 === 0 ? rounds : rounds.reverse();
  without.push(off.perRequest);
  withTabs.push(on.perRequest);
  ratios.push(on.perRequest / off.perRequest);
  console.log(
    `${off.perRequest.toFixed(1)} µs without (${off.rate.toFixed(0)}/s), ${on.perRequest.toFixed(1)} µs with three tabs (${on.rate.toFixed(0)}/s, ${on.bytes.toFixed(0)} KB/s each): ${(on.perRequest / off.perRequest).toFixed(3)}`,
  );
}
const { failed } = await world.usage();
console.log(
  `median ${median(without).toFixed(1)} µs, ${median(withTabs).toFixed(1)} µs, ratio of pairs ${median(ratios).toFixed(3)}; ${failed} requests failed; load ${loadavg()[0].toFixed(1)}`,
);
world.stop();
