// One pod's labels against very many Services.
import { compare, library, timed } from "./rounds.mjs";

const { parseSelector, SelectorIndex } = await library();

for (const count of [1_000, 10_000, 100_000]) {
  const index = new SelectorIndex();
  const all = [];
  for (let i = 0; i < count; i++) {
    const shapes = [
      `app=app-${i}`,
      `app=app-${i},env!=prod`,
      `app.kubernetes.io/part-of=shop,instance=i-${i}`,
      `tier in (t-${i},t-${i + 1}),!legacy`,
      `env=prod,app=app-${i},gen>${i % 9}`,
    ];
    all.push(parseSelector(shapes[i % shapes.length]));
    index.add(i, all[i]);
  }
  const sets = Array.from({ length: 100 }, (_, n) => {
    const i = (n * 7919) % count;
    return {
      app: `app-${i}`,
      env: n % 2 ? "prod" : "dev",
      tier: `t-${i}`,
      gen: "5",
      instance: `i-${i}`,
      "app.kubernetes.io/part-of": "shop",
    };
  });
  const scan = () => {
    let found = 0;
    for (const labels of sets) for (const selector of all) if (selector.matches(labels)) found++;
    return found;
  };
  const expected = scan();
  await compare(`one label set against ${count} selectors`, {
    "kubelane SelectorIndex": () =>
      timed(sets.length, () => {
        let found = 0;
        for (const labels of sets) found += index.matching(labels).length;
        if (found !== expected) throw new Error(`found ${found}, a scan ${expected}`);
        return expected;
      }),
    ...(count === 10_000 && { "kubelane scan": () => timed(sets.length, scan) }),
  });
}
