// Small questions in a dialog of the browser: focus stays inside, Esc is the gentle answer.
import { el, icon } from "./element.js";
import { textNodes, words } from "./mrkdwn.js";

/** Show a dialog and take it away again when it closes. */
export function showDialog(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

/** Ask a Block Kit confirm object; resolves to true or false. */
export function ask(confirm) {
  return new Promise((resolve) => {
    const yes = confirm.style === "danger" ? "button danger solid" : "button primary";
    const dialog = el("dialog", { class: "confirm", role: "alertdialog", "aria-label": words(confirm.title), data: { testid: "confirm" } },
      el("h2", {}, textNodes(confirm.title)),
      el("div", { class: "confirm-text" }, textNodes(confirm.text)),
      el("div", { class: "confirm-buttons" },
        el("button", { type: "button", class: "button", on: { click: () => dialog.close("no") } }, words(confirm.deny) || "Cancel"),
        el("button", { type: "button", class: yes, autofocus: true, on: { click: () => dialog.close("yes") } }, words(confirm.confirm) || "Yes")));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
    showDialog(dialog);
  });
}

/** A picture as large as the window allows. */
export function showPicture(src, alt) {
  const dialog = el("dialog", { class: "lightbox", "aria-label": alt },
    el("img", { src, alt }),
    el("button", { type: "button", class: "icon-button", "aria-label": "Close picture", autofocus: true, on: { click: () => dialog.close() } }, icon("close")));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  showDialog(dialog);
}
