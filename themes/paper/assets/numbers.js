// Pointing at a number, or tapping it, tells its address and its value at full precision.
// Nothing is lost without this: each page links to a list of all its numbers.
"use strict";

(() => {
  const card = document.createElement("div");
  card.className = "number-card";
  card.hidden = true;
  card.setAttribute("aria-hidden", "true"); // the list says it to those who do not point
  const value = document.createElement("strong");
  const address = document.createElement("code");
  const kind = document.createElement("span");
  card.append(value, address, kind);
  document.body.append(card);

  const markAt = (place) => place instanceof Element && place.closest("article [data-src]");

  function show(mark) {
    value.textContent = mark.getAttribute("value");
    address.textContent = mark.dataset.src;
    const measured = !mark.dataset.src.startsWith("fact:") && /:measured\./.test(mark.dataset.src);
    kind.textContent = measured ? ` ${mark.closest("article").dataset.measured}` : "";
    card.hidden = false;
    const number = mark.getBoundingClientRect();
    const room = document.documentElement.clientWidth - card.offsetWidth - 8;
    const below = number.bottom + card.offsetHeight < document.documentElement.clientHeight;
    const top = below ? number.bottom : number.top - card.offsetHeight;
    card.style.left = `${scrollX + Math.max(8, Math.min(number.left, room))}px`;
    card.style.top = `${scrollY + top}px`;
  }

  function hide() {
    card.hidden = true;
  }

  // The card stays while the pointer is on it, so that its text can be selected.
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch" || card.contains(event.target)) return;
    const mark = markAt(event.target);
    if (mark) show(mark);
    else hide();
  });
  document.addEventListener("click", (event) => {
    if (card.contains(event.target)) return;
    const mark = markAt(event.target);
    if (mark) show(mark);
    else hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
})();
