import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Parts of the map that are on the screen, or will be with a little scrolling: the others are not drawn. */
export const onScreen = signal<ReadonlySet<string>>(new Set());

/** Notes whether an element is on the screen, by the name that it has here. */
export function useOnScreen(element: RefObject<HTMLElement | null>, name: string): void {
  useEffect(() => {
    const note = (isThere: boolean) => {
      if (onScreen.peek().has(name) === isThere) return;
      const after = new Set(onScreen.peek());
      if (isThere) after.add(name);
      else after.delete(name);
      onScreen.value = after;
    };
    const observer = new IntersectionObserver(
      (seen) => note(seen.at(-1)?.isIntersecting === true),
      { rootMargin: "250px" },
    );
    observer.observe(element.current as HTMLElement);
    return () => {
      observer.disconnect();
      note(false);
    };
  }, [name]);
}
