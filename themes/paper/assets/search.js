// Search over the index that Pagefind made of the articles. It needs a web server: from disk, a
// browser loads no modules.

const form = document.querySelector(".search-form");
const input = form.querySelector("input");
const status = document.querySelector(".search-status");
const list = document.querySelector(".search-results");
const MOST = 20;
let asked = 0;

// An excerpt may begin and end inside a number; half a number is a wrong one.
const whole = (excerpt) => excerpt.replace(/^[\d.,%\s\u200b。，、；：]+/u, "").replace(/[\d.,]+$/u, "");

function result({ url, meta, excerpt }) {
  const item = document.createElement("li");
  const heading = document.createElement("h2");
  const link = document.createElement("a");
  link.href = url;
  link.textContent = meta.title;
  const text = document.createElement("p");
  text.className = "summary";
  text.innerHTML = whole(excerpt); // Pagefind's: escaped, with <mark> around what was found
  heading.append(link);
  item.append(heading, text);
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
  list.replaceChildren(...shown.map(result));
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
