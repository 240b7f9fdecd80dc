// Contenders in turn inside each round, medians over rounds.
const ROUNDS = Number(process.env.ROUNDS ?? 15);

/** The library under test: `dist`, or the build that KUBELANE_DIST names. */
export function library() {
  const dist = process.env.KUBELANE_DIST ?? new URL("../../dist", import.meta.url).href;
  return import(`${dist}/labels/index.js`);
}

/**
 * Runs `{ name: () => ({ ns, check }) }`, and prints each median with its ratio to the first.
 * All contenders must give the same `check`.
 */
export async function compare(title, contenders) {
  const times = new Map(Object.keys(contenders).map((name) => [name, []]));
  const checks = new Set();
  for (let round = 0; round < ROUNDS + 2; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const { ns, check } = await run();
      checks.add(String(check));
      if (round >= 2) times.get(name).push(ns);
    }
  }
  if (checks.size > 1) throw new Error(`${title}: the answers differ: ${[...checks].join(" | ")}`);
  const base = median([...times.values()][0]);
  console.log(`\n${title}  (answer ${[...checks][0]})`);
  for (const [name, all] of times) {
    const ns = median(all);
    console.log(`  ${name.padEnd(28)} ${format(ns).padStart(12)}   x ${(ns / base).toFixed(2)}`);
  }
}

/** Nanoseconds for one of `count` calls. */
export function timed(count, run) {
  const start = performance.now();
  const check = run(count);
  return { ns: ((performance.now() - start) * 1e6) / count, check };
}

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

export function format(ns) {
  if (ns < 1e3) return `${ns.toFixed(1)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(2)} µs` : `${(ns / 1e6).toFixed(2)} ms`;
}
