// What stands around the phones: the provider's clock, its webhooks, the businesses and the other customers.

import { button, element } from "./dom.js";

const $ = (id) => document.getElementById(id);

export function drawClock(clock) {
  const now = new Date(clock.now);
  $("clock").dateTime = clock.now;
  $("clock").textContent = now.toLocaleString("pt-BR", { weekday: "short", day: "2-digit", month: "2-digit", hour: "2-digit", minute: "2-digit" });
  const hours = Math.round(clock.aheadSeconds / 3600);
  const moved = clock.rate !== 1 || Math.abs(clock.aheadSeconds) >= 60;
  $("ahead").textContent = !moved ? "hora do mundo" : hours ? "adiantado em " + (hours >= 48 ? Math.round(hours / 24) + " dias" : hours + " h") : "relógio próprio";
  $("real").hidden = !moved;
}

export function drawWebhooks(counts) {
  $("webhooks").textContent = counts.delivered + " entregues · " + counts.pending + " à espera · " + counts.failedAttempts + " tentativas sem 200" +
    (counts.dropped ? " · " + counts.dropped + " perdidos" : "") + (counts.unsubscribed ? " · " + counts.unsubscribed + " sem assinatura" : "");
}

export function drawBusinesses(businesses, chosen) {
  const choice = $("business-choice");
  $("business-row").hidden = businesses.length < 2;
  const key = JSON.stringify(businesses.map((business) => business.phoneNumberId));
  if (choice.dataset.key !== key) {
    choice.dataset.key = key;
    choice.replaceChildren(...businesses.map((business) => {
      const option = element("option", "", (business.verifiedName || "") + " " + business.displayPhoneNumber);
      option.value = business.phoneNumberId;
      return option;
    }));
  }
  choice.value = chosen;
}

// drawPhones lists the customers, in the panel and on small screens as tabs.
export function drawPhones(phones, open, current, choose) {
  const key = JSON.stringify([phones.map((phone) => [phone.number, phone.name, phone.unread]), open, current]);
  if ($("phones").dataset.key === key) return;
  $("phones").dataset.key = key;
  const entry = (phone) => {
    const made = button("", element("span", "", phone.name + " · +" + phone.number), "", () => choose(phone.number));
    made.setAttribute("aria-current", String(open.includes(phone.number)));
    if (phone.unread) made.append(element("span", "count", String(phone.unread)));
    return made;
  };
  $("phones").replaceChildren(...phones.slice(0, 50).map((phone) => element("li", "", entry(phone))));
  $("tabs").replaceChildren(...open.map((number) => phones.find((phone) => phone.number === number)).filter(Boolean).map((phone) => {
    const made = button("", phone.name, "+" + phone.number, () => choose(phone.number));
    made.setAttribute("aria-current", String(phone.number === current));
    if (phone.unread) made.append(element("span", "count", String(phone.unread)));
    return made;
  }));
}
