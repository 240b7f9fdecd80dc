import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { EventsView } from "./events.tsx";
import { MapView } from "./map/map.tsx";
import { linkTo, place } from "./place.ts";
import { PodView } from "./pod.tsx";
import { RequestsView } from "./requests.tsx";
import { ServiceView } from "./service.tsx";
import { language, theme } from "./settings.ts";
import { type Connection, connection } from "./stream.ts";
import { ToolsView } from "./tools/tools.tsx";
import { t, type Word } from "./words.ts";

const TABS = ["map", "requests", "events", "tools"] as const;

export function App() {
  useEffect(listenToKeys, []);
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {t("skip")}
      </button>
      <header class="bar">
        <a class="brand" href={linkTo()}>
          kubelane
        </a>
        <nav>
          {TABS.map((tab) => (
            <a
              key={tab}
              href={tab === "map" ? linkTo() : linkTo(tab)}
              aria-current={(place.value[0] ?? "map") === tab ? "page" : undefined}
            >
              {t(tab)}
            </a>
          ))}
        </nav>
        <span class="settings">
          <ConnectionState />
          <select
            aria-label={t("theme")}
            value={theme.value}
            onChange={({ currentTarget }) =>
              (theme.value = currentTarget.value as typeof theme.value)
            }
          >
            <option value="system">{t("themeSystem")}</option>
            <option value="light">{t("themeLight")}</option>
            <option value="dark">{t("themeDark")}</option>
          </select>
          <select
            aria-label={t("language")}
            value={language.value}
            onChange={({ currentTarget }) =>
              (language.value = currentTarget.value as typeof language.value)
            }
          >
            <option value="en">English</option>
            <option value="ko">한국어</option>
          </select>
        </span>
      </header>
      <main id="content" tabIndex={-1}>
        <View />
      </main>
    </>
  );
}

const CONNECTION_WORDS: Readonly<Record<Connection, Word>> = {
  connecting: "connecting",
  open: "live",
  lost: "lost",
  refused: "refused",
};

function ConnectionState() {
  const { value } = connection;
  return (
    <span class={`connection ${value}`} role="status">
      {t(CONNECTION_WORDS[value])}
    </span>
  );
}

function View() {
  const [view = "map", ...rest] = place.value;
  useView(place.value.join("/"));
  const id = rest.join("/");
  switch (view) {
    case "service":
      return <ServiceView key={id} id={id} />;
    case "pod":
      return <PodView key={id} id={id} />;
    case "requests":
      return <RequestsView />;
    case "events":
      return <EventsView />;
    case "tools":
      return <ToolsView tool={rest[0] ?? "selectors"} />;
    case "wrong-token":
      return (
        <p class="card callout bad" role="alert">
          {t("wrongToken")}
        </p>
      );
    default:
      return <MapView />;
  }
}

/**
 * A new view is scrolled to its top, and its heading gets the focus, so that screen readers announce it. This happens
 * before painting: later it could take the focus from a field that the user types into.
 */
function useView(view: string): void {
  const isFirst = useRef(true);
  useLayoutEffect(() => {
    if (isFirst.current) {
      isFirst.current = false;
      return;
    }
    scrollTo(0, 0);
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [view]);
}

function skip(): void {
  document.getElementById("content")?.focus();
}

/** `/` goes to the search, `g` and then a letter to a view. */
function listenToKeys(): () => void {
  let last = "";
  const listener = (event: KeyboardEvent) => {
    const isTyping = /^(?:INPUT|TEXTAREA|SELECT)$/.test((event.target as Element).tagName);
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const tab = TABS.find((each) => each[0] === event.key);
    if (event.key === "/") {
      event.preventDefault();
      document.getElementById("search")?.focus();
    } else if (last === "g" && tab !== undefined) {
      location.hash = tab === "map" ? "#/" : `#/${tab}`;
    }
    last = event.key;
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}
