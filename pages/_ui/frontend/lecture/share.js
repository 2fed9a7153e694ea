// Take what is on screen along: its address to copy, and as a QR code for the phones in the room.

import { h } from "../parts/elements.js";
import { t } from "../state/texts.js";
import { Popup } from "./popup.js";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** @typedef {{qr: string, reachable: string[]}} Sharing where QR codes are made; the app's addresses on the network */

export class Share {
  /** @type {Sharing | null} */
  #sharing = null;

  /** @param {HTMLButtonElement} button @param {import("../state/host.js").Host} host */
  constructor(button, host) {
    this.host = host;
    this.field = h("input", { type: "text", readonly: true, "aria-label": t("lecture.share.address"), onfocus: () => this.field.select() });
    this.copy = h("button", { type: "button", class: "copy", onclick: () => this.#copy() }, t("lecture.share.copy"));
    this.note = h("p", { class: "note", role: "status" });
    this.code = h("img", { class: "qr", alt: t("lecture.share.code") });
    this.popup = new Popup(button, t("lecture.share.name"), () => this.#show());
    this.popup.box.append(h("div", { class: "address" }, this.field, this.copy), this.note, this.code);
    this.code.addEventListener("load", () => this.popup.place());
  }

  /** @param {Sharing} sharing */
  update(sharing) {
    this.#sharing = sharing;
  }

  #show() {
    const sharing = this.#sharing;
    const onlyHere = LOOPBACK.test(location.hostname);
    const [other] = sharing?.reachable ?? [];
    const address = onlyHere && other ? elsewhere(location.href, document.baseURI, other) : location.href;
    this.field.value = address;
    this.note.textContent = onlyHere ? (other ? t("lecture.share.reachable", { address: other }) : t("lecture.share.only_here")) : "";
    this.code.hidden = !sharing || (onlyHere && !other);
    if (sharing && !this.code.hidden) this.code.src = this.host.url(`${sharing.qr}?text=${encodeURIComponent(address)}`);
  }

  /** Without the clipboard's permission the address is selected: the keys copy it. */
  async #copy() {
    this.field.select();
    try {
      await navigator.clipboard.writeText(this.field.value);
      this.note.textContent = t("lecture.share.copied");
    } catch {
      this.note.textContent = t("lecture.share.selected");
    }
  }
}

/** The same address at another one of the app. @param {string} href @param {string} base @param {string} other */
export const elsewhere = (href, base, other) => other + href.slice(new URL(".", base).href.length);
