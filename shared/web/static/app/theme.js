// Light or dark: the reader's choice is kept in a cookie, so that the server writes the next page in it and nothing flashes.
// Without a choice the device's own setting holds. Runs after the page was read; pages are whole without it.
const root = document.documentElement;
const look = /(?:^|; )giaouoc-look=(light|dark)/.exec(document.cookie)?.[1] ?? "";
const choice = document.querySelector("#look");

function wear(chosen) {
  if (chosen === "") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", chosen);
}

wear(look);
if (choice !== null) {
  choice.value = look;
  choice.closest(".look").hidden = false;
  choice.addEventListener("change", () => {
    wear(choice.value);
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `giaouoc-look=${choice.value}; Path=/; SameSite=Lax; Max-Age=${choice.value === "" ? 0 : 31536000}${secure}`;
  });
}
