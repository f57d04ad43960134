// A new token's secret is in the answer alone: it is shown once, on this page, and kept nowhere.
document.addEventListener("called", (event) => {
  const secret = event.detail?.secret;
  const place = document.getElementById("new-token");
  if (!secret || !place) return;
  event.preventDefault();
  place.querySelector("output").textContent = secret;
  place.hidden = false;
  place.focus();
});
