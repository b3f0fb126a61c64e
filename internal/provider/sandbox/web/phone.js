// One customer's phone: its conversation with the chosen business, and what the customer can do in it.

import { api } from "./api.js";
import { below, bubble } from "./bubble.js";
import { element } from "./dom.js";
import { openForm } from "./form.js";
import { kindNames } from "./media.js";

export class Phone {
  constructor(number, page) {
    Object.assign(this, { number, page, shown: "", replyTo: null, atEnd: true, lastTop: 0, known: new Map() });
    this.acts = { tap: (...chosen) => this.tap(...chosen), quote: (message) => this.quote(message), react: (message) => this.react(message) };
    this.node = document.getElementById("phone").content.firstElementChild.cloneNode(true);
    this.node.dataset.number = number;
    this.node.setAttribute("aria-label", "Telefone +" + number);
    this.listen();
  }

  find(selector) { return this.node.querySelector(selector); }

  listen() {
    const act = (work) => this.page.act(work);
    this.find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      act(() => this.say());
    });
    this.find(".attach").addEventListener("submit", (event) => {
      event.preventDefault();
      act(() => this.sendFile());
    });
    this.find(".clip").addEventListener("click", () => { this.find(".attach").hidden = !this.find(".attach").hidden; });
    this.find(".quote button").addEventListener("click", () => this.quote(null));
    // Pictures come after the text: a chat that stood at its end stays there.
    this.find(".chat").addEventListener("load", () => { if (this.atEnd) this.toEnd(); }, true);
    this.find(".chat").addEventListener("scroll", () => {
      const { scrollTop } = this.find(".chat");
      this.atEnd = this.isAtEnd() || (this.atEnd && scrollTop >= this.lastTop);
      this.lastTop = scrollTop;
    });
    this.find(".close").addEventListener("click", () => this.page.close(this.number));
    this.find(".on").addEventListener("change", (event) => act(() => this.change({ on: event.target.checked })));
    this.find(".reading").addEventListener("change", (event) => act(async () => {
      await this.change({ reading: event.target.checked });
      if (event.target.checked) await api("POST", this.path("/read"));
    }));
  }

  isAtEnd() {
    const chat = this.find(".chat");
    return chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  }

  toEnd() {
    this.atEnd = true;
    this.find(".chat").scrollTop = this.find(".chat").scrollHeight;
  }

  path(rest) { return "phones/" + this.number + rest; }

  change(change) { return api("POST", this.path(""), change); }

  write(message) {
    return api("POST", this.path("/messages"), { phoneNumberId: this.page.phoneNumberId || undefined, ...message });
  }

  async say() {
    const text = this.find(".text");
    if (!text.value.trim()) return;
    await this.write({ text: text.value, replyTo: this.replyTo?.id });
    text.value = "";
    this.quote(null);
  }

  async sendFile() {
    const address = this.find(".attach input");
    const link = address.value.trim();
    await this.write({ type: this.find(".attach select").value, ...(link ? { link } : { sample: true }) });
    address.value = "";
    this.find(".attach").hidden = true;
  }

  // tap does what a button does; made is the button on the page.
  tap(message, choice, made) {
    if (choice.type === "copy_code" || choice.type === "otp") {
      navigator.clipboard?.writeText(choice.payload);
      made.textContent = "✓ Código copiado: " + choice.payload;
      return;
    }
    if (choice.type === "flow") {
      openForm(this.find(".flow"), choice, (answers) => this.page.act(() =>
        this.write({ flowResponse: answers, replyTo: message.id, phoneNumberId: message.phoneNumberId })));
      return;
    }
    const chosen = choice.type === "row" ? { listId: choice.payload, listTitle: choice.text } : { buttonPayload: choice.payload, buttonText: choice.text };
    this.page.act(() => this.write({ ...chosen, replyTo: message.id, phoneNumberId: message.phoneNumberId }));
  }

  // react puts a thumb on a message of the business, or takes it away.
  react(message) {
    const has = message.reactions?.some((one) => one.from === "customer");
    this.page.act(() => this.write({ reactTo: message.id, emoji: has ? "" : "👍", phoneNumberId: message.phoneNumberId }));
  }

  quote(message) {
    this.replyTo = message;
    this.find(".quote").hidden = !message;
    this.find(".quote span").textContent = message ? message.text || kindNames[message.type] || message.type : "";
    if (message) this.find(".text").focus();
  }

  // show draws the phone's state; view is its line in the list of phones.
  show(view, business) {
    const name = business?.verifiedName || business?.displayPhoneNumber || "nenhuma empresa cadastrada";
    this.find(".business").textContent = name;
    this.find(".avatar").textContent = name.trim().charAt(0).toUpperCase();
    if (!view) return;
    this.find(".on").checked = view.on;
    this.find(".reading").checked = view.reading;
    const typing = Boolean(view.typing?.includes(this.page.phoneNumberId));
    this.find(".state").textContent = typing ? "digitando…" : view.on ? "on-line" : "telefone desligado";
    this.find(".state").classList.toggle("typing", typing);
    this.find(".owner").textContent = view.name + " · +" + this.number;
  }

  async refresh() {
    const filter = this.page.phoneNumberId ? "?phoneNumberId=" + encodeURIComponent(this.page.phoneNumberId) : "";
    this.draw(await api("GET", this.path("/messages") + filter));
  }

  draw(messages) {
    const shown = JSON.stringify(messages);
    if (shown === this.shown) return;
    this.shown = shown;
    this.known = new Map(messages.map((message) => [message.id, message]));
    const chat = this.find(".chat");
    const atEnd = this.atEnd || this.isAtEnd();
    const open = new Set([...chat.querySelectorAll("details[open]")].map((one) => one.closest(".bubble").dataset.id));
    const parts = [];
    let day = "";
    for (const message of messages.filter((one) => one.type !== "reaction")) { // a reaction hangs on the message that it is about
      const today = new Date(message.at).toLocaleDateString("pt-BR", { day: "numeric", month: "long", year: "numeric" });
      if (today !== day) parts.push(element("div", "day", (day = today)));
      parts.push(bubble(message, this.known, this.acts), ...below(message, this.acts));
    }
    if (!parts.length) parts.push(element("div", "empty", "Nenhuma mensagem ainda. Escreva abaixo como se fosse o cliente."));
    const scrolled = new Map([...chat.querySelectorAll(".carousel")].map((strip) => [strip.dataset.id, strip.scrollLeft]));
    chat.replaceChildren(...parts);
    for (const strip of chat.querySelectorAll(".carousel")) strip.scrollLeft = scrolled.get(strip.dataset.id) || 0;
    for (const list of chat.querySelectorAll("details")) list.open = open.has(list.closest(".bubble").dataset.id);
    if (atEnd || messages.at(-1)?.from === "customer") this.toEnd();
  }
}
