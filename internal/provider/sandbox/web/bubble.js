// One message, drawn as WhatsApp draws it.

import { carouselOf, offerOf } from "./cards.js";
import { button, clockTime, element, link } from "./dom.js";
import { cardsOf, kindNames, mediaOf, placeOf } from "./media.js";
import { formatted } from "./text.js";

const tickText = { accepted: "🕓", held: "🕓", sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓", failed: "⚠" };
const tickTitle = { accepted: "aceita pelo provedor", held: "retida para avaliação", sent: "enviada", delivered: "entregue", read: "lida", played: "ouvida", failed: "falhou" };

// bubble draws a message. known finds a cited one; acts are what the customer can do:
// tap(message, choice), quote(message) and react(message). A carousel stands below its text, as wide as the chat.
export function bubble(message, known, acts) {
  const mine = message.from === "customer";
  const made = element("article", "bubble" + (mine ? " mine" : "") + (message.status === "failed" ? " failed" : "") + (message.type === "sticker" ? " bare" : ""));
  made.dataset.id = message.id;
  const cited = message.replyTo && known.get(message.replyTo);
  if (cited) made.append(element("div", "cited", cited.text || kindNames[cited.type] || cited.type));
  const header = message.template?.header || message.interactive?.header;
  if (header) made.append(element("div", "header", header));
  if (message.media) made.append(mediaOf(message));
  if (message.location) made.append(placeOf(message.location));
  if (message.template?.offer) made.append(offerOf(message));
  if (message.contacts?.length) made.append(cardsOf(message.contacts));
  if (message.revoked) made.append(element("div", "gone", "mensagem apagada"));
  else if (message.text && !message.location) made.append(element("div", "body", ...formatted(message.text)));
  const footer = message.template?.footer || message.interactive?.footer;
  if (footer) made.append(element("div", "footer", footer));
  if (message.failure) made.append(element("div", "why", "não chegou ao cliente: " + message.failure.title + " (" + message.failure.code + ")"));
  made.append(metaOf(message, acts));
  const taps = tapsOf(message, message.buttons, acts);
  if (taps) made.append(taps);
  if (message.reactions?.length) made.append(element("div", "reactions", message.reactions.map((one) => one.emoji).join(" ")));
  return made;
}

// below is what a message shows under its bubble.
export function below(message, acts) {
  return message.cards?.length ? [carouselOf(message, (buttons) => tapsOf(message, buttons, acts))] : [];
}

function metaOf(message, acts) {
  const meta = element("div", "meta");
  if (message.template) meta.append(element("span", "tag", "modelo " + message.template.name));
  if (message.echo) meta.append(element("span", "tag", "do telefone da empresa"));
  if (message.edited) meta.append(element("span", "tag", "editada"));
  const ticks = element("span", "ticks " + message.status, tickText[message.status] || "");
  ticks.title = tickTitle[message.status] || message.status;
  const at = element("time", "", clockTime(message.at));
  at.dateTime = message.at;
  if (message.from === "business") meta.append(button("react", "☺", "Reagir com um polegar, ou tirar a reação", () => acts.react(message)));
  meta.append(button("reply-to", "↶", "Responder a esta mensagem", () => acts.quote(message)), at, ticks);
  return meta;
}

// tapsOf draws what can be tapped: buttons one below another, the rows of a list behind one button that opens them.
function tapsOf(message, buttons, acts) {
  const rows = (buttons || []).filter((one) => one.type === "row");
  const others = (buttons || []).filter((one) => one.type !== "row");
  if (!rows.length && !others.length) return null;
  const taps = element("div", "taps", ...others.map((one) => tap(message, one, acts)));
  if (rows.length) {
    const list = element("details", "list", element("summary", "", "☰ " + (message.interactive?.button || "Ver opções")));
    list.append(...rows.map((one) => tap(message, one, acts)));
    taps.append(list);
  }
  return taps;
}

const signs = { reply: "↩ ", quick_reply: "↩ ", copy_code: "❐ ", otp: "❐ ", flow: "▤ ", location: "📍 ", row: "", catalog: "▦ ", mpm: "▦ ", voice_call: "☎ " };
const idle = { catalog: "O simulador não tem catálogo", voice_call: "O simulador não faz chamadas" };

function tap(message, choice, acts) {
  if (choice.type === "url" || choice.type === "cta_url" || choice.type === "phone_number") {
    return link(choice.url, "", (choice.type === "phone_number" ? "☎ " : "↗ ") + choice.text);
  }
  if (choice.type === "mpm") return shelfOf(choice);
  const made = button("tap", (signs[choice.type] ?? "↩ ") + (choice.text || choice.payload), idle[choice.type] || "", () => acts.tap(message, choice, made));
  if (choice.description) made.append(element("small", "", choice.description));
  made.disabled = choice.type in idle;
  return made;
}

function shelfOf(choice) {
  const shelf = element("details", "list shelf", element("summary", "", signs.mpm + choice.text));
  for (const section of choice.shelf || []) {
    shelf.append(element("b", "", section.title), ...section.products.map((product) => element("span", "product", product)));
  }
  return shelf;
}
