// Writes {{name|friend}} into a line where the cursor is. The fallback is selected, to be written over.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-names-reader]");
  const line = button && document.getElementById(button.dataset.namesReader);
  if (!line) return;
  const known = JSON.parse(button.dataset.fallbacks);
  const language = window.wagtailConfig?.ACTIVE_CONTENT_LOCALE ?? document.documentElement.lang;
  const word = known[language] ?? Object.values(known)[0];
  const start = line.selectionStart + "{{name|".length;
  line.setRangeText(`{{name|${word}}}`, line.selectionStart, line.selectionEnd, "end");
  line.focus();
  line.setSelectionRange(start, start + word.length);
  // The preview and the editor's own saving listen for it.
  line.dispatchEvent(new Event("input", { bubbles: true }));
  line.dispatchEvent(new Event("change", { bubbles: true }));
});
