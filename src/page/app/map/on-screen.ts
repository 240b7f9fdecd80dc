import { signal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Parts of the map that are visible, or will be after a little scrolling: others are not drawn. */
export const onScreen = signal<ReadonlySet<string>>(new Set());

/** Records whether an element is visible, under a name. */
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
