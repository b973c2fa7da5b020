// Light, dark, or as the system has it: applied before the page is drawn, and remembered.
"use strict";

(() => {
  const SCHEMES = ["auto", "light", "dark"];
  const root = document.documentElement;

  function kept() {
    try {
      const scheme = localStorage.getItem("scheme");
      return SCHEMES.includes(scheme) ? scheme : "auto";
    } catch {
      return "auto"; // storage may be forbidden
    }
  }

  root.dataset.scheme = kept();

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.scheme");
    if (!button) return;
    const name = () => {
      const words = button.dataset[root.dataset.scheme];
      button.title = words;
      button.setAttribute("aria-label", words);
    };
    name();
    button.hidden = false;
    button.addEventListener("click", () => {
      const next = SCHEMES[(SCHEMES.indexOf(root.dataset.scheme) + 1) % SCHEMES.length];
      root.dataset.scheme = next;
      name();
      try {
        localStorage.setItem("scheme", next);
      } catch {
        // then it lasts as long as the page
      }
    });
  });
})();
