/* Wagtail's editor saves by itself while one writes. Whoever presses a button meanwhile sends the form a second time, and
   whichever the server finishes last stays: the older text, or a new page twice. So the button waits for the autosave. */
{
  const saving = new WeakSet();
  const over = (event) => saving.delete(event.target);
  document.addEventListener("w-autosave:save", (event) => saving.add(event.target));
  document.addEventListener("w-autosave:success", over);
  document.addEventListener("w-autosave:error", over);

  const press = (form, button) => {
    /* A disabled button would not be sent, and its name says what to do. */
    const disabled = button?.disabled;
    if (button) button.disabled = false;
    form.requestSubmit(button);
    if (button) button.disabled = disabled;
  };

  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (!saving.has(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      /* What was typed since goes with the button, not by a second autosave. */
      form.dataset.wAutosaveActiveValue = "false";
      const ended = new AbortController();
      for (const end of ["w-autosave:success", "w-autosave:error"]) {
        form.addEventListener(
          end,
          () => {
            ended.abort();
            saving.delete(form);
            press(form, submitter);
          },
          { signal: ended.signal },
        );
      }
    },
    true,
  );
}
