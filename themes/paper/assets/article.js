// The table of contents follows the scroll, and code can be copied.
"use strict";

(() => {
  const article = document.querySelector("main article");

  // Contents

  const links = [...document.querySelectorAll("nav.toc a")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let current = null;
  let waiting = false;

  function follow() {
    waiting = false;
    const line = document.documentElement.clientHeight / 4;
    const passed = headings.filter((heading) => heading && heading.getBoundingClientRect().top <= line);
    const link = links[passed.length - 1] ?? null;
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "location");
    current = link;
    const list = document.querySelector("nav.toc");
    if (link && list.scrollHeight > list.clientHeight) {
      list.scrollTop = link.offsetTop - list.clientHeight / 2;
    }
  }

  function later() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(follow);
  }

  if (links.length) {
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later);
    follow();
  }

  // Code

  for (const block of document.querySelectorAll(".prose pre")) {
    if (block.scrollWidth > block.clientWidth) block.tabIndex = 0; // the keyboard can scroll it
    if (!navigator.clipboard) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = article.dataset.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code")?.innerText ?? block.innerText);
      button.textContent = article.dataset.copied;
      setTimeout(() => (button.textContent = article.dataset.copy), 2000);
    });
    const frame = document.createElement("div");
    frame.className = "code";
    block.replaceWith(frame);
    frame.append(block, button);
  }
})();
