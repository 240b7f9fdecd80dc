// Someone who learns Kubernetes: the tutorial from its first line to its last, Node and curl alone.
import { readFileSync } from "node:fs";
import { blocksOf, isShown, stepsOf } from "../support/executed-page.ts";
import { Journey } from "./journey.ts";

const page = readFileSync("docs/tutorial.md", "utf8");
const journey = await Journey.begin("a student, with docs/tutorial.md");
journey.reads("docs/tutorial.md", page.replace(/^```[\s\S]*?^```$/gm, ""));
for (const { file, text } of blocksOf(page)) {
  if (file !== "") journey.writes(file, text);
  for (const { command, output } of file === "" ? stepsOf(text) : []) {
    await journey.sees(command, (printed) => isShown(output, printed));
  }
}
await journey.end();
