// Those checks of axe that need no library, made in the page on the elements that are really there.
export async function audit(page) {
  return page.evaluate(async () => {
    const faults = [];
    const fault = (element, text) => faults.push(`${text}: ${element.outerHTML.slice(0, 140)}`);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const visible = (element) =>
      element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) && element.getClientRects().length > 0;
    const hidden_text = (element) =>
      element.closest(".hidden-text, .skip") !== null || getComputedStyle(element).clipPath !== "none";

    // Names: whatever can be operated says what it is.
    const labelled = (element) =>
      (element.getAttribute("aria-labelledby") ?? "")
        .split(" ")
        .map((id) => document.getElementById(id)?.textContent ?? "")
        .join("");
    const name_of = (element) =>
      (
        element.getAttribute("aria-label") ||
        labelled(element) ||
        [...(element.labels ?? [])].map((label) => label.textContent).join(" ") ||
        (element.tagName === "INPUT" ? "" : element.textContent) ||
        element.title
      ).trim();
    for (const element of all(
      "a[href], button, input, select, [role=button], [role=switch], [role=region], nav, form[role=search], [role=group], [role=img], section[aria-labelledby]",
    )) {
      if (visible(element) && !name_of(element) && element.getAttribute("aria-hidden") !== "true")
        fault(element, "no name");
    }
    for (const element of all(
      "[aria-hidden=true] a[href], [aria-hidden=true] button, [aria-hidden=true] [tabindex='0']",
    ))
      fault(element, "hidden but can have the focus");
    for (const svg of all("svg"))
      if (!svg.closest("[aria-hidden=true]") && !svg.getAttribute("role"))
        fault(svg, "a drawing that neither decorates nor says what it is");

    // Structure.
    if (document.documentElement.lang !== "en") faults.push("no language");
    if (!document.title) faults.push("no title");
    for (const [selector, many] of [
      ["main", 1],
      ["h1", 1],
      ["header", 1],
    ])
      if (all(selector).length !== many) faults.push(`${all(selector).length} of ${selector}`);
    let level = 0;
    for (const heading of all("h1, h2, h3, h4")) {
      const next = Number(heading.tagName[1]);
      if (next > level + 1) fault(heading, "a heading skips a level");
      level = next;
    }
    const ids = all("[id]").map((element) => element.id);
    for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at))) faults.push(`the id ${id} twice`);
    for (const element of all("[aria-labelledby], [aria-describedby], label[for]")) {
      for (const of of ["aria-labelledby", "aria-describedby", "for"]) {
        for (const id of (element.getAttribute(of) ?? "").split(" ").filter(Boolean))
          if (!document.getElementById(id)) fault(element, `${of} names nobody`);
      }
    }
    for (const list of all("ul, ol"))
      for (const child of list.children) if (child.tagName !== "LI") fault(child, "no li in a list");
    if (!document.querySelector("[role=status], [aria-live]")) faults.push("nothing is told to those who do not see");
    if (document.documentElement.scrollWidth > innerWidth)
      faults.push(`wider than the screen: ${document.documentElement.scrollWidth}`);

    // Sizes: 24 pixels at least for a finger (WCAG 2.2), but for links within a sentence.
    for (const element of all("a[href], button, input, select, [role=button]")) {
      if (!visible(element) || hidden_text(element)) continue;
      const { width, height } = element.getBoundingClientRect();
      const inline = element.tagName === "A" && getComputedStyle(element).display === "inline";
      if (!inline && (width < 24 || height < 24)) fault(element, `only ${Math.round(width)} x ${Math.round(height)}`);
    }

    // Contrast of every text on what is really behind it.
    const ink = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (colour) => {
      ink.clearRect(0, 0, 1, 1);
      ink.fillStyle = colour;
      ink.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
      return [r, g, b, a / 255];
    };
    const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
    const ground_of = (element) => {
      const box = element.closest(".node")?.querySelector(".node-box");
      if (box) return rgba(getComputedStyle(box).fill);
      const layers = [];
      for (let at = element; at; at = at.parentElement) {
        layers.push(rgba(getComputedStyle(at).backgroundColor));
        if (layers.at(-1)[3] === 1) break;
      }
      return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
    };
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((value) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      );
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let texts = 0;
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (
        !walker.currentNode.data.trim() ||
        !visible(element) ||
        hidden_text(element) ||
        element.closest("noscript, title, [disabled]")
      )
        continue;
      const style = getComputedStyle(element);
      const ground = ground_of(element);
      const text = over(rgba(element instanceof SVGElement ? style.fill : style.color), ground);
      const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
      const large =
        parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      const ratio = (high + 0.05) / (low + 0.05);
      ++texts;
      if (ratio < (large ? 3 : 4.5)) fault(element, `contrast ${ratio.toFixed(2)}`);
    }
    if (texts < 10) faults.push(`only ${texts} texts were measured`);

    const shift = await new Promise((resolve) => {
      let sum = 0;
      const moved = new Set();
      const observer = new PerformanceObserver((list) => {
        // Numbers and what tells news move: that is what they are for. Nothing else may.
        const still = ({ node }) => node && !node.parentElement?.closest(".events, .moments, .values, td, svg");
        for (const entry of list.getEntries().filter((one) => !one.hadRecentInput)) {
          const sources = entry.sources.filter(still);
          if (sources.length) sum += entry.value;
          for (const { node } of sources) moved.add((node.outerHTML ?? node.data).slice(0, 60));
        }
      });
      observer.observe({ type: "layout-shift", buffered: true });
      setTimeout(() => resolve({ sum, moved: [...moved].join(", ") }), 150);
    });
    return { faults, shift, texts };
  });
}
