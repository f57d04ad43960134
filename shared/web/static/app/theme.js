// Light or dark as the reader chose, before anything is drawn: in the head, and small. The choice stays in this browser;
// without one, or where nothing may be kept, the device's own setting holds.
(() => {
  const KEY = "giaouoc/look";
  const root = document.documentElement;
  const wear = (look) => (look === "light" || look === "dark" ? root.setAttribute("data-theme", look) : root.removeAttribute("data-theme"));
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // a private window
  }
  wear(kept);
  addEventListener("DOMContentLoaded", () => {
    const choice = document.querySelector("#look");
    if (choice === null) return;
    choice.value = root.getAttribute("data-theme") ?? "";
    choice.closest(".look").hidden = false;
    choice.addEventListener("change", () => {
      wear(choice.value);
      try {
        localStorage.setItem(KEY, choice.value);
      } catch {
        // worn until the page is left
      }
    });
  });
})();
