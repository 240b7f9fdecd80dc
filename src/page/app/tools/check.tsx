import { useSignal } from "@preact/signals";
import { CHECK_PATH, type CheckAnswer } from "../../messages.ts";
import { MarkIcon } from "../mark.tsx";
import { Trouble, useAnswer } from "../parts.tsx";
import { t, told } from "../words.ts";

/** What `kubelane check` finds in the manifests that are served. */
export function CheckTool() {
  const again = useSignal(0);
  const { data, error, isLoading } = useAnswer<CheckAnswer>(CHECK_PATH, again.value);
  return (
    <>
      <p class="row">
        <button type="button" disabled={isLoading} onClick={() => again.value++}>
          {isLoading ? t("loading") : t("checkAgain")}
        </button>
      </p>
      <Trouble error={error} />
      {data?.findings.length === 0 && (
        <p class="empty" role="status">
          {t("noFindings")}
        </p>
      )}
      {data?.findings.map(({ rule, severity, message, place, hint, frame }) => (
        <article key={`${rule} ${place} ${message}`} class="card">
          <h2 class={severity === "error" ? "bad" : ""}>
            <MarkIcon
              tone={severity === "error" ? "bad" : severity === "warning" ? "partial" : "none"}
            />{" "}
            {message}
          </h2>
          <p class="small">
            {told(severity)} · {rule}
            {place !== undefined && (
              <>
                {" · "}
                <code>{place}</code>
              </>
            )}
          </p>
          {frame !== undefined && <pre tabIndex={0}>{frame}</pre>}
          {hint !== undefined && <p class="hint">{hint}</p>}
        </article>
      ))}
    </>
  );
}
