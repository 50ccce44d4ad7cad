// Writes {{name|friend}} where the cursor is. The fallback of the edition's language is selected, to be written over.
(() => {
  const { React, DraftJS, draftail } = window;
  const { label, fallbacks } = document.currentScript.dataset;

  const fallback = () => {
    const known = JSON.parse(fallbacks);
    const language = window.wagtailConfig?.ACTIVE_CONTENT_LOCALE ?? document.documentElement.lang;
    return known[language] ?? Object.values(known)[0];
  };

  const withName = (editorState) => {
    const selection = editorState.getSelection();
    const opening = "{{name|";
    const word = fallback();
    // In one piece, without a style of its own: a field that is half bold is none.
    const content = DraftJS.Modifier.replaceText(
      editorState.getCurrentContent(),
      selection,
      `${opening}${word}}}`,
    );
    const start = selection.getStartOffset() + opening.length;
    const marked = DraftJS.SelectionState.createEmpty(selection.getStartKey()).merge({
      anchorOffset: start,
      focusOffset: start + word.length,
      hasFocus: true,
    });
    const next = DraftJS.EditorState.push(editorState, content, "insert-characters");
    return DraftJS.EditorState.forceSelection(next, marked);
  };

  const NameButton = ({ getEditorState, onChange }) =>
    React.createElement(
      "button",
      {
        type: "button",
        className: "button button-small button-secondary",
        onMouseDown: (event) => event.preventDefault(),
        onClick: () => onChange(withName(getEditorState())),
      },
      label,
    );

  draftail.registerPlugin({ type: "reader-name", meta: NameButton }, "controls");
})();
