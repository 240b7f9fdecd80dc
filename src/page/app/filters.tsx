import { labels, namespace, namespaces, onlyWrong, search, selector } from "./filter.ts";
import { t } from "./words.ts";

/** The row above the map. `/` goes to the search. */
export function Filters() {
  const { error } = selector.value;
  return (
    <search class="filters">
      <label>
        {t("search")}
        <input
          id="search"
          type="search"
          placeholder={t("searchHint")}
          value={search.value}
          onInput={({ currentTarget }) => (search.value = currentTarget.value)}
        />
      </label>
      <label class="wide">
        {t("labels")}
        <input
          class="mono"
          spellcheck={false}
          autocomplete="off"
          placeholder="app in (web,api),!legacy"
          value={labels.value}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : "labels-error"}
          onInput={({ currentTarget }) => (labels.value = currentTarget.value)}
        />
      </label>
      <label>
        {t("namespace")}
        <select
          value={namespace.value}
          onChange={({ currentTarget }) => (namespace.value = currentTarget.value)}
        >
          <option value="">{t("allNamespaces")}</option>
          {namespaces.value.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={onlyWrong.value}
          onChange={({ currentTarget }) => (onlyWrong.value = currentTarget.checked)}
        />
        {t("onlyWrong")}
      </label>
      {error !== undefined && (
        <pre id="labels-error" class="error" role="alert">
          {error}
        </pre>
      )}
    </search>
  );
}
