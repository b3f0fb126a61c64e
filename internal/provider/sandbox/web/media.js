// Pictures, films, sounds, documents, places and contact cards, as far as a browser can show them.

import { filePath } from "./api.js";
import { element, link, webLink } from "./dom.js";

export const kindNames = {
  document: "documento", audio: "áudio", video: "vídeo", image: "imagem", sticker: "figurinha", location: "localização",
  contacts: "contato", template: "modelo", interactive: "opções", reaction: "reação", unsupported: "mensagem sem suporte",
};

// mediaOf draws a file by its link, or by its id if the sandbox holds it.
export function mediaOf(message) {
  const { media } = message;
  const kind = ["image", "video", "audio", "document", "sticker"].includes(message.type) ? message.type : kindByEnding(media);
  const safe = webLink(media.link) || (media.id ? filePath(media.id) : "");
  if (!safe) return fileCard(media, kind, "");
  if (kind === "image" || kind === "sticker") return picture(media, kind, safe);
  if (kind === "audio" || kind === "video") {
    const player = element(kind, "media");
    player.controls = true;
    player.preload = "metadata";
    player.src = safe;
    player.addEventListener("error", () => player.replaceWith(fileCard(media, kind, safe)));
    return player;
  }
  return fileCard(media, kind, safe);
}

function picture(media, kind, address) {
  const shown = element("img", "media " + kind);
  shown.alt = media.caption || kindNames[kind];
  const around = element("a", "");
  around.href = address;
  around.target = "_blank";
  around.rel = "noreferrer noopener";
  shown.addEventListener("error", () => around.replaceWith(fileCard(media, kind, address)));
  shown.src = address;
  around.append(shown);
  return around;
}

function kindByEnding(media) {
  const name = (media.mimeType || "") + " " + (media.fileName || media.link || "");
  if (/video|\.(mp4|3gp)(\?|$)/i.test(name)) return "video";
  if (/application|text\/|\.(pdf|docx?|xlsx?|csv|txt)(\?|$)/i.test(name)) return "document";
  return "image";
}

function fileCard(media, kind, address) {
  const name = media.fileName || (media.link || "").replace(/^https?:\/\//, "").slice(0, 40) || kindNames[kind];
  const size = media.size ? " · " + Math.max(1, Math.round(media.size / 1024)) + " KB" : "";
  const card = element("a", "file", element("span", "icon", "📄"), element("span", "", name, element("small", "", kindNames[kind] + size)));
  if (address) Object.assign(card, { href: address, target: "_blank", rel: "noreferrer noopener" });
  return card;
}

export function placeOf(place) {
  const title = place.name || place.latitude + ", " + place.longitude;
  return link("https://www.openstreetmap.org/?mlat=" + place.latitude + "&mlon=" + place.longitude, "place",
    element("span", "map", "📍"), element("span", "", element("b", "", title), place.address ? element("small", "", place.address) : ""));
}

export function cardsOf(contacts) {
  return element("div", "cards", ...contacts.map((contact) => element("div", "card", element("span", "avatar small", "☺"),
    element("span", "", element("b", "", contact.name?.formatted_name || contact.name || "contato"),
      element("small", "", (contact.phones || []).map((phone) => phone.phone || phone.wa_id || phone).join(", "))))));
}
