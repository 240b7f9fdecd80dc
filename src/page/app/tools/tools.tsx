import { useEffect } from "preact/hooks";
import { NeedsSession } from "../parts.tsx";
import { linkTo } from "../place.ts";
import { follow } from "../stream.ts";
import { t } from "../words.ts";
import { CheckTool } from "./check.tsx";
import { ResolveTool } from "./resolve.tsx";
import { SelectorTool } from "./selectors.tsx";
import { TraceTool } from "./trace.tsx";

const TOOLS = ["selectors", "resolve", "trace", "check"] as const;

export function ToolsView({ tool }: { tool: string }) {
  useEffect(() => follow({}), []);
  const current = TOOLS.find((each) => each === tool) ?? "selectors";
  return (
    <>
      <h1>{t("tools")}</h1>
      <nav class="subnav" aria-label={t("tools")}>
        {TOOLS.map((each) => (
          <a
            key={each}
            href={linkTo("tools", each)}
            aria-current={each === current ? "page" : undefined}
          >
            {t(each)}
          </a>
        ))}
      </nav>
      {current === "selectors" ? <SelectorTool /> : <NeedsSession>{toolOf(current)}</NeedsSession>}
    </>
  );
}

function toolOf(tool: "resolve" | "trace" | "check") {
  switch (tool) {
    case "resolve":
      return <ResolveTool />;
    case "trace":
      return <TraceTool />;
    case "check":
      return <CheckTool />;
  }
}
