import { signal } from "@preact/signals";
import { TRACE_PATH, type TraceAnswer } from "../../messages.ts";
import { withQuery } from "../ask.ts";
import { MarkIcon } from "../mark.tsx";
import { Trouble, useAnswer } from "../parts.tsx";
import { world } from "../stream.ts";
import { t } from "../words.ts";
import { TracePicture } from "./trace-picture.tsx";

const target = signal<string | undefined>(undefined);

/** The path from a name or URL to a pod, step by step, updated as the cluster changes. */
export function TraceTool() {
  const { data, error } = useAnswer<TraceAnswer>(
    target.value && withQuery(TRACE_PATH, { target: target.value }),
    world.value.services,
  );
  const ask = (event: SubmitEvent) => {
    event.preventDefault();
    target.value = String(new FormData(event.currentTarget as HTMLFormElement).get("target") ?? "");
  };
  return (
    <>
      <form class="filters" onSubmit={ask}>
        <label class="wide">
          {t("target")}
          <input
            id="search"
            class="mono"
            name="target"
            required
            defaultValue={target.value ?? ""}
            placeholder="http://shop.example.com/"
          />
        </label>
        <button type="submit" class="primary">
          {t("trace")}
        </button>
      </form>
      <Trouble error={error} />
      {target.value !== undefined && data && (
        <section class="card" aria-live="polite">
          <TracePicture target={target.value} path={data.path} reached={data.reached} />
          <h2>{t("steps")}</h2>
          <ol class="chain">
            {data.steps
              .filter(({ lines }) => lines.length > 0)
              .map(({ title, lines }) => (
                <li key={title}>
                  <h3>{title}</h3>
                  <pre tabIndex={0}>{lines.join("\n")}</pre>
                </li>
              ))}
            <li class={data.reached ? "ok" : "bad"}>
              <MarkIcon tone={data.reached ? "ok" : "bad"} /> <strong>{data.verdict}</strong>
            </li>
          </ol>
        </section>
      )}
    </>
  );
}
