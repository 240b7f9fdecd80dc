// 100,000 pods, one selector: by scanning all of them, and through LabelIndex.
import { startPeer } from "./peer.mjs";
import { makePods, podLabels } from "./pods.mjs";
import { compare, library, timed } from "./rounds.mjs";

const { LabelIndex, parseSelector } = await library();
const peer = startPeer();
const COUNT = 100_000;
const text = "app=app-7,env!=prod";
const selector = parseSelector(text);
const naive = (labels) => labels.app === "app-7" && labels.env !== "prod";

const read = makePods(COUNT);
const built = Array.from({ length: COUNT }, (_, i) => podLabels(i));
const index = new LabelIndex();
read.forEach((labels, i) => void index.add(i, labels));

const scan = (pods, matches) => () =>
  timed(1, () => {
    let found = 0;
    for (const labels of pods) if (matches(labels)) found++;
    return found;
  });

await compare(`${text} over ${COUNT} pods`, {
  ...(peer && { "Go scan": () => peer.ask({ kind: "scan", text, count: COUNT }) }),
  "closure, pods from JSON": scan(read, naive),
  "kubelane scan, from JSON": scan(read, (labels) => selector.matches(labels)),
  "closure, pods built here": scan(built, naive),
  "kubelane scan, built here": scan(built, (labels) => selector.matches(labels)),
  "kubelane LabelIndex": () => {
    const { ns, check } = timed(100, (count) => {
      let found = 0;
      for (let i = 0; i < count; i++) found = index.select(selector).length;
      return found;
    });
    return { ns, check };
  },
});
peer?.close();
