import { useEffect, useRef, useState } from "preact/hooks";

// The present width of an element in pixels; 0 until it is known.
export function useWidth<Kind extends HTMLElement>() {
  const ref = useRef<Kind>(null);
  const [width, set_width] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && set_width(Math.floor(entry.contentRect.width)));
    if (ref.current) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
