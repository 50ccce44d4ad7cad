/* After each save by itself, the list of what is to be mended is drawn anew. Without this it is as old as the page. */
document.addEventListener("w-autosave:success", async () => {
  const panel = document.querySelector("[data-quality]");
  if (!panel) return;
  const answer = await fetch(panel.dataset.quality, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) return;
  const wasOpen = panel.querySelector("details[open]") !== null;
  panel.innerHTML = await answer.text();
  const details = panel.querySelector("details");
  if (details) details.open = wasOpen;
});
