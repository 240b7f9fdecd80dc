import { labels, namespace, namespaces, onlyWrong, search, selector } from "./filter.ts";
import { CheckField, SearchField } from "./search-fields.tsx";
import { t } from "./words.ts";

/** The row above the map. `/` goes to the search. */
export function FilterRow() {
  const { error } = selector.value;
  return (
    <search class="filters">
      <SearchField label="search" value={search} placeholder={t("searchHint")} />
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
      <CheckField
        label="onlyWrong"
        isChecked={onlyWrong.value}
        onChange={(isChecked) => (onlyWrong.value = isChecked)}
      />
      {error !== undefined && (
        <pre id="labels-error" class="error" role="alert">
          {error}
        </pre>
      )}
    </search>
  );
}
