// A million items in LabelIndex: build time, memory, one query, one change. Run with --expose-gc.
import { podLabels } from "./pods.mjs";
import { format, library, median } from "./rounds.mjs";

const { LabelIndex, parseSelector } = await library();
const COUNT = 1_000_000;

function heap() {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

const before = heap();
const index = new LabelIndex();
const start = performance.now();
for (let i = 0; i < COUNT; i++) index.add(i, podLabels(i));
const build = performance.now() - start;
const bytes = globalThis.gc
  ? `${((heap() - before) / COUNT).toFixed(0)} bytes an item`
  : "run with --expose-gc";
console.log(
  `${COUNT} items of 5 labels, one of them unique: built in ${build.toFixed(0)} ms, ${bytes}`,
);

const selector = parseSelector("app=app-7,env!=prod");
const timesOf = (run) =>
  median(
    Array.from({ length: 51 }, (_, i) => {
      const from = performance.now();
      run(i);
      return (performance.now() - from) * 1e6;
    }),
  );
const found = index.select(selector).length;
const expected = Array.from({ length: COUNT }, (_, i) => podLabels(i)).filter((labels) =>
  selector.matches(labels),
);
if (found !== expected.length) throw new Error(`found ${found}, a scan ${expected.length}`);
console.log(
  `select ${selector}: ${format(timesOf(() => index.select(selector)))} for ${found} items`,
);
console.log(`replace one item: ${format(timesOf((i) => index.replace(i, podLabels(i + 1))))}`);
