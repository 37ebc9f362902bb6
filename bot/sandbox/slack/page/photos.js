// The demo photos, for people who have no picture at hand.
import { el } from "./element.js";
import { state } from "./store.js";
import { attempt } from "./toast.js";

/** A row of buttons, one a photo; `attach(files)` gets the photo that was chosen. */
export function photoRow(attach) {
  return el("div", { class: "photo-row" }, state.photos.map((photo) => el("button", {
    type: "button", class: "photo", title: `${photo.alt} (${photo.credit})`, "aria-label": `Attach ${photo.name}: ${photo.alt}`,
    on: { click: () => attempt(async () => attach([await load(photo)])) },
  }, el("img", { src: photo.url, alt: "" }), el("span", {}, photo.name.replace(/\.\w+$/, "")))));
}

async function load(photo) {
  const response = await fetch(photo.url);
  if (!response.ok) throw new Error(`${photo.name} could not be loaded.`);
  const body = await response.blob();
  return new File([body], fileName(photo), { type: body.type });
}

const fileName = (photo) => decodeURIComponent(new URL(photo.url, location.href).pathname.split("/").pop());
