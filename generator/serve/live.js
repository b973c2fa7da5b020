// For one who writes: shows a page anew when something of it was replaced, where it was being read,
// and what is wrong with the sources. The server puts this into the pages that it sends.
"use strict";

(() => {
  const { page, base, ...given } = document.currentScript.dataset;
  let moment = given.moment; // what happened until then is in the page

  // ------------------------------------------------------------ where the page was being read

  const KEY = `glasspage ${location.pathname}`;
  const PLACES = ":is(h1, h2, h3, h4, h5, h6, figure, section)[id]";

  function selectorOf(element) {
    if (!element || element === document.body || element === document.documentElement) return "";
    if (element.id) return `#${CSS.escape(element.id)}`;
    const number = [...element.parentElement.children].indexOf(element) + 1;
    return `${selectorOf(element.parentElement) || "body"} > ${element.localName}:nth-child(${number})`;
  }

  /** The last place above the middle of the window stays where it is, whatever grows above it. */
  function keepPlace() {
    const above = [...document.querySelectorAll(PLACES)].filter((place) => {
      const box = place.getBoundingClientRect();
      return box.height > 0 && box.top < innerHeight / 2;
    });
    const id = scrollY > 0 ? above.at(-1)?.id : undefined;
    const top = id && document.getElementById(id).getBoundingClientRect().top;
    const focus = selectorOf(document.activeElement);
    sessionStorage.setItem(KEY, JSON.stringify({ y: scrollY, id, top, focus }));
    history.scrollRestoration = "manual";
  }

  function comeBack() {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (!kept) return;
    sessionStorage.removeItem(KEY);
    const scroll = () => {
      const place = kept.id && document.getElementById(kept.id);
      const y = place ? scrollY + place.getBoundingClientRect().top - kept.top : kept.y;
      scrollTo({ top: y, behavior: "instant" });
    };
    const focused = kept.focus && document.querySelector(kept.focus);
    if (focused) focused.focus({ preventScroll: true });
    scroll();
    addEventListener("load", () => {
      scroll(); // pictures have their sizes now
      // Only after this event has the browser done its own part, which is not to move anything.
      setTimeout(() => { history.scrollRestoration = "auto"; });
    });
  }

  function reload() {
    stream.close();
    try {
      keepPlace();
    } catch {
      // storage may be forbidden: then the browser keeps the place as well as it can
    }
    location.reload();
  }

  // ------------------------------------------------------------ what the page is made of

  /** The path of a file from the site's top; none for what is not of the site. */
  function pathOf(address) {
    const { origin, pathname } = new URL(address);
    try {
      const [path, top] = [decodeURIComponent(pathname), decodeURIComponent(base)];
      return origin === location.origin && path.startsWith(top) ? path.slice(top.length) : null;
    } catch {
      return null; // an address that nothing stands at
    }
  }

  /** Whether one of the files is the page itself, or was loaded for it. */
  function concerns(replaced) {
    if (replaced === null || (page === "" && replaced.length > 0)) return true;
    const loaded = performance.getEntriesByType("resource").map(({ name }) => pathOf(name));
    const used = new Set([page, ...loaded]);
    return replaced.some((path) => used.has(path));
  }

  // ------------------------------------------------------------ what is wrong

  const host = document.createElement("div");
  host.lang = "en";
  host.dir = "ltr";
  const root = host.attachShadow({ mode: "open" });
  const style = element("link", "");
  style.rel = "stylesheet";
  style.href = "/_glasspage/live.css";
  const panel = element("div", "panel");
  panel.setAttribute("role", "alert");
  panel.hidden = true;
  root.append(style, panel);
  document.body.append(host);

  let told = 0; // which problems are shown or were dismissed

  function element(name, kind, ...content) {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...content);
    return made;
  }

  /** One of the problems. All its text is text, never markup. */
  function shown({ place, message, hint, line, excerpt }) {
    const item = element("li", "");
    if (place) item.append(element("p", "place", place));
    item.append(element("p", "message", message));
    if (excerpt) {
      const [before, at, after] = excerpt;
      const text = element("code", "", before, ...(at ? [element("mark", "", at)] : []), after);
      item.append(element("pre", "", element("span", "line", `${line}`), text));
    }
    if (hint) item.append(element("p", "hint", hint));
    return item;
  }

  function show(problems) {
    const title = problems.length === 1 ? "1 error" : `${problems.length} errors`;
    const close = element("button", "", "Dismiss (Esc)");
    close.type = "button";
    close.addEventListener("click", dismiss);
    panel.replaceChildren(
      element("header", "", element("h2", "", title), close),
      element("ol", "", ...problems.map(shown)),
    );
    panel.hidden = false;
  }

  function dismiss() {
    panel.hidden = true;
    panel.replaceChildren();
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) dismiss();
  });

  // ------------------------------------------------------------ what happens

  let stream;

  function listen() {
    stream = new EventSource(`/_glasspage/events?${new URLSearchParams({ page, moment })}`);
    stream.addEventListener("message", (event) => {
      moment = event.lastEventId;
      const happened = JSON.parse(event.data);
      if (concerns(happened.replaced)) {
        reload();
        return;
      }
      if (happened.told === told) return;
      told = happened.told;
      if (happened.problems.length > 0) show(happened.problems);
      else dismiss();
    });
  }

  // A browser keeps few connections to one host: pages that nobody sees leave theirs to others.
  document.addEventListener("visibilitychange", () => {
    stream?.close();
    if (document.visibilityState === "visible") listen();
  });

  comeBack();
  if (document.visibilityState === "visible") listen();
})();
