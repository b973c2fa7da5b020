// Search over the index that Pagefind made of the articles. It needs a web server: from disk, a
// browser loads no modules.

const form = document.querySelector(".search-form");
const input = form.querySelector("input");
const status = document.querySelector(".search-status");
const list = document.querySelector(".search-results");
const MOST = 20; // pages
const MOST_SECTIONS = 3; // of a page
let asked = 0;

function element(name, content, attributes = {}) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...[content].flat());
  return made;
}

// Pagefind parts Chinese words in its own way and marks some halves; what was typed is marked here.
function marked(text, words) {
  const safe = words.split(/\s+/).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const parts = text.split(new RegExp(`(${safe.join("|")})`, "giu"));
  return parts.map((part, n) => (n % 2 ? element("mark", part) : part));
}

function excerpt(found, title, words) {
  const text = new DOMParser().parseFromString(found, "text/html").body.textContent;
  const whole = text
    .replace(/(?<=\p{sc=Han}|[」』）》])\. /gu, " ") // Pagefind's, at the end of a heading
    .replace(/^[\d.,%\s\u200b。，、；：]+/u, "") // half a number would be a wrong one
    .replace(/[\d.,]+$/u, "");
  const told = whole.startsWith(title) ? whole.slice(title.length).trimStart() : whole;
  return element("p", marked(told, words), { className: "summary" });
}

function result({ url, meta, sub_results }, words) {
  const title = meta.title;
  const item = element("li", element("h2", element("a", title, { href: url })));
  for (const section of sub_results.slice(0, MOST_SECTIONS)) {
    if (section.title !== title) {
      item.append(element("h3", element("a", section.title, { href: section.url })));
    }
    item.append(excerpt(section.excerpt, section.title, words));
  }
  return item;
}

async function search(pagefind) {
  const words = input.value.trim();
  const turn = ++asked;
  history.replaceState(null, "", words ? `?q=${encodeURIComponent(words)}` : location.pathname);
  const found = words ? await pagefind.debouncedSearch(words, {}, 150) : { results: [] };
  if (found === null || turn !== asked) return; // a later search has begun
  const shown = await Promise.all(found.results.slice(0, MOST).map((each) => each.data()));
  if (turn !== asked) return;
  list.replaceChildren(...shown.map((page) => result(page, words)));
  const template = found.results.length ? form.dataset.found : form.dataset.none;
  status.textContent = words ? template.replace("{count}", found.results.length) : "";
}

async function start() {
  try {
    if (location.protocol === "file:") throw new Error("from disk");
    const index = new URL(form.dataset.index, location.href);
    const pagefind = await import(index);
    await pagefind.options({ excerptLength: 40 });
    await pagefind.init();
    // Pages in languages that have no search page of their own, such as the documentation.
    for (const language of form.dataset.also.split(" ").filter(Boolean)) {
      await pagefind.mergeIndex(new URL(".", index).href, { language });
    }
    form.hidden = false;
    status.textContent = "";
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    input.addEventListener("input", () => search(pagefind));
    form.addEventListener("submit", (event) => event.preventDefault());
    if (input.value) search(pagefind);
    input.focus();
  } catch {
    status.textContent = form.dataset.failed;
  }
}

start();
