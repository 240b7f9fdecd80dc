import { signal } from "@preact/signals";
import { RESOLVE_PATH, type ResolveAnswer } from "../../messages.ts";
import { withQuery } from "../ask.ts";
import { namespaces } from "../filter.ts";
import { MarkIcon } from "../mark.tsx";
import { Trouble, useAnswer } from "../parts.tsx";
import { world } from "../stream.ts";
import { t } from "../words.ts";

interface Question {
  readonly name: string;
  readonly type: string;
  readonly namespace: string;
}

const question = signal<Question | undefined>(undefined);

/** What DNS answers, name by name of the search list, and why. */
export function ResolveTool() {
  const asked = question.value;
  const { data, error } = useAnswer<ResolveAnswer>(
    asked && withQuery(RESOLVE_PATH, { ...asked }),
    world.value.services,
  );
  const ask = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    question.value = { name: text("name"), type: text("type"), namespace: text("namespace") };
  };
  return (
    <>
      <form class="filters" onSubmit={ask}>
        <label class="wide">
          {t("name")}
          <input
            id="search"
            class="mono"
            name="name"
            required
            defaultValue={asked?.name ?? ""}
            placeholder="web.shop"
          />
        </label>
        <label>
          {t("type")}
          <select name="type">
            {["A", "AAAA", "SRV", "PTR", "CNAME", "TXT"].map((type) => (
              <option key={type}>{type}</option>
            ))}
          </select>
        </label>
        <label>
          {t("askedFrom")}
          <select name="namespace">
            {[...new Set(["default", ...namespaces.value])].map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        <button type="submit" class="primary">
          {t("ask")}
        </button>
      </form>
      <Trouble error={error} />
      {asked && data && (
        <section class="card" aria-live="polite">
          <h2>{t("steps")}</h2>
          <p class="hint">
            {t("searchList")}: <code>{data.search || t("none")}</code>
          </p>
          <ol class="chain">
            {data.tried.map(({ name, outcome, reason, hints }) => (
              <li key={name}>
                <MarkIcon tone={outcome === "NOERROR" ? "ok" : "bad"} /> <code>{name}</code>{" "}
                <strong>{outcome}</strong>
                <p>{reason}</p>
                {hints.map((hint) => (
                  <p key={hint} class="hint">
                    {hint}
                  </p>
                ))}
              </li>
            ))}
          </ol>
          {data.answers.length > 0 && (
            <>
              <h3>{t("answers")}</h3>
              <pre tabIndex={0}>{data.answers.join("\n")}</pre>
            </>
          )}
        </section>
      )}
    </>
  );
}
