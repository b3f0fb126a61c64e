// What templates have beyond a text and buttons: a carousel's cards and a limited-time offer.

import { element } from "./dom.js";
import { mediaOf } from "./media.js";
import { formatted } from "./text.js";

// carouselOf draws cards side by side; the strip scrolls sideways. tapsOf draws the buttons of a card.
export function carouselOf(message, tapsOf) {
  const strip = element("div", "carousel", ...message.cards.map((card, at) => {
    const made = element("section", "slide", mediaOf({ type: card.headerFormat.toLowerCase(), media: card.media }));
    made.setAttribute("aria-label", "Cartão " + (at + 1) + " de " + message.cards.length);
    if (card.text) made.append(element("div", "body", ...formatted(card.text)));
    const taps = tapsOf(card.buttons);
    if (taps) made.append(taps);
    return made;
  }));
  strip.dataset.id = message.id;
  strip.tabIndex = 0;
  strip.setAttribute("role", "group");
  strip.setAttribute("aria-label", "Cartões, para rolar de lado");
  return strip;
}

// offerOf draws an offer with what is left of it, and its code.
export function offerOf(message) {
  const { offer } = message.template;
  const left = element("small", "left");
  if (offer.ends) left.dataset.ends = offer.ends;
  const code = message.buttons?.find((one) => one.type === "copy_code");
  return element("div", "offer", element("span", "gift", "%"),
    element("span", "", element("b", "", offer.text), left, code ? element("small", "", "Código: " + code.payload) : ""));
}

// drawOffers writes into all offers how long they still hold, by the provider's clock.
export function drawOffers(now) {
  for (const left of document.querySelectorAll(".left[data-ends]")) {
    const words = timeLeft(new Date(left.dataset.ends) - new Date(now));
    if (left.textContent !== words) left.textContent = words;
    left.closest(".offer").classList.toggle("over", words === "Oferta encerrada");
  }
}

function timeLeft(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (seconds <= 0) return "Oferta encerrada";
  if (days > 0) return "Termina em " + days + (days === 1 ? " dia" : " dias") + (hours ? " e " + hours + " h" : "");
  if (hours > 0) return "Termina em " + hours + " h " + minutes + " min";
  return "Termina em " + minutes + " min " + (seconds % 60) + " s";
}
