// The customer's phone: shows what the sandbox's control API tells and does there what the customer does here.
// Every address is relative, so that the page works under any prefix.

const $ = (id) => document.getElementById(id);
const state = { number: "", businesses: [], phoneNumberId: "", shown: "", replyTo: null, nameTyped: false, known: new Map() };

async function api(method, path, body) {
  const response = await fetch("api/" + path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({ success: false, error: "resposta inesperada (" + response.status + ")" }));
  if (!answer.success) throw new Error(answer.error);
  return answer.data;
}

function complain(error) {
  $("error").textContent = error ? error.message : "";
  $("error").hidden = !error;
}

// act runs what a person asked for and shows what went wrong.
async function act(work) {
  try {
    await work();
    complain(null);
    await refresh();
  } catch (error) {
    complain(error);
  }
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function webLink(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:", "tel:"].includes(parsed.protocol) ? parsed.href : "";
  } catch {
    return "";
  }
}

function link(url, className, text) {
  const made = element("a", className, text);
  const safe = webLink(url);
  if (safe) made.href = safe;
  made.target = "_blank";
  made.rel = "noreferrer noopener";
  return made;
}

const fileNames = { document: "documento", audio: "áudio", video: "vídeo", image: "imagem", sticker: "figurinha" };

function mediaOf(message) {
  const { media } = message;
  const kind = message.type === "template" ? kindByEnding(media.link) : message.type;
  const safe = webLink(media.link);
  if (safe && (kind === "image" || kind === "sticker")) {
    const picture = element("img", "media");
    picture.src = safe;
    picture.alt = media.caption || fileNames[kind];
    const around = link(media.link, "");
    picture.addEventListener("error", () => around.replaceWith(fileLink(media, kind)));
    around.append(picture);
    return around;
  }
  if (safe && (kind === "audio" || kind === "video")) {
    const player = element(kind, "media");
    player.controls = true;
    player.preload = "metadata";
    player.src = safe;
    player.addEventListener("error", () => player.replaceWith(fileLink(media, kind)));
    return player;
  }
  return fileLink(media, kind);
}

function kindByEnding(address) {
  if (/\.(mp4|3gp)(\?|$)/i.test(address)) return "video";
  if (/\.(pdf|docx?|xlsx?|csv|txt)(\?|$)/i.test(address)) return "document";
  return "image";
}

function fileLink(media, kind) {
  return link(media.link, "file", "📎 " + (media.fileName || fileNames[kind] || "arquivo") + " · " + media.link.replace(/^https?:\/\//, "").slice(0, 40));
}

const tickText = { accepted: "🕓", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "⚠" };
const tickTitle = { accepted: "aceita pelo provedor", sent: "enviada", delivered: "entregue", read: "lida", failed: "falhou" };

function tap(message, button) {
  const kind = button.type;
  if (kind === "url" || kind === "phone_number") return link(button.url, "", (kind === "url" ? "↗ " : "☎ ") + button.text);
  const made = element("button", "", (kind === "row" ? "☰ " : kind === "copy_code" || kind === "otp" ? "⧉ " : "↩ ") + (button.text || button.payload));
  made.type = "button";
  if (button.description) made.append(element("small", "", button.description));
  if (kind === "copy_code" || kind === "otp") {
    made.addEventListener("click", () => navigator.clipboard?.writeText(button.payload));
  } else if (kind === "flow") {
    made.disabled = true;
  } else {
    const chosen = kind === "row" ? { listId: button.payload, listTitle: button.text } : { buttonPayload: button.payload, buttonText: button.text };
    made.addEventListener("click", () => act(() => write({ ...chosen, replyTo: message.id, phoneNumberId: message.phoneNumberId })));
  }
  return made;
}

function bubble(message) {
  const mine = message.from === "customer";
  const made = element("article", "bubble" + (mine ? " mine" : "") + (message.status === "failed" ? " failed" : ""));
  const cited = message.replyTo && state.known.get(message.replyTo);
  if (cited) made.append(element("div", "cited", cited.text || fileNames[cited.type] || cited.type));
  if (message.template?.header) made.append(element("div", "header", message.template.header));
  if (message.media) made.append(mediaOf(message));
  if (message.text) made.append(element("div", "body", message.text));
  if (message.template?.footer) made.append(element("div", "footer", message.template.footer));
  if (message.failure) made.append(element("div", "why", "não chegou ao cliente: " + message.failure.title + " (" + message.failure.code + ")"));
  made.append(metaOf(message));
  if (message.buttons?.length) {
    const taps = element("div", "taps");
    taps.append(...message.buttons.map((button) => tap(message, button)));
    made.append(taps);
  }
  return made;
}

function metaOf(message) {
  const meta = element("div", "meta");
  if (message.template) meta.append(element("span", "tag", "modelo " + message.template.name));
  const answer = element("button", "reply-to", "↶");
  answer.type = "button";
  answer.title = "Responder a esta mensagem";
  answer.addEventListener("click", () => quote(message));
  const ticks = element("span", "ticks " + message.status, tickText[message.status] || "");
  ticks.title = tickTitle[message.status] || message.status;
  const at = element("time", "", new Date(message.at).toLocaleTimeString("pt-BR", { hour: "2-digit", minute: "2-digit" }));
  at.dateTime = message.at;
  meta.append(answer, at, ticks);
  return meta;
}

function quote(message) {
  state.replyTo = message;
  $("quote").hidden = !message;
  $("quote-text").textContent = message ? message.text || message.type : "";
  if (message) $("text").focus();
}

function draw(messages) {
  const shown = JSON.stringify(messages);
  if (shown === state.shown) return;
  state.shown = shown;
  state.known = new Map(messages.map((message) => [message.id, message]));
  const chat = $("chat");
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  const parts = [];
  let day = "";
  for (const message of messages) {
    const today = new Date(message.at).toLocaleDateString("pt-BR", { day: "numeric", month: "long", year: "numeric" });
    if (today !== day) parts.push(element("div", "day", (day = today)));
    parts.push(bubble(message));
  }
  if (!parts.length) parts.push(element("div", "empty", "Nenhuma mensagem ainda. Escreva abaixo como se fosse o cliente."));
  chat.replaceChildren(...parts);
  if (atEnd || messages.at(-1)?.from === "customer") chat.scrollTop = chat.scrollHeight;
}

function drawPhones(phones) {
  const list = phones.slice(0, 30).map((phone) => {
    const open = element("button");
    open.type = "button";
    open.setAttribute("aria-current", String(phone.number === state.number));
    open.append(element("span", "", phone.name + " · +" + phone.number));
    if (phone.unread) open.append(element("span", "count", String(phone.unread)));
    open.addEventListener("click", () => act(() => openPhone(phone.number)));
    const item = element("li");
    item.append(open);
    return item;
  });
  const key = JSON.stringify(phones.map((phone) => [phone.number, phone.name, phone.unread])) + state.number;
  if ($("phones").dataset.key === key) return;
  $("phones").dataset.key = key;
  $("phones").replaceChildren(...list);
}

function drawBusinesses() {
  const chosen = state.businesses.find((business) => business.phoneNumberId === state.phoneNumberId);
  const name = chosen ? chosen.verifiedName || chosen.displayPhoneNumber : "nenhuma empresa cadastrada";
  $("business").textContent = name;
  $("avatar").textContent = name.trim().charAt(0).toUpperCase();
  $("business-row").hidden = state.businesses.length < 2;
  const key = JSON.stringify(state.businesses.map((business) => business.phoneNumberId));
  if ($("business-choice").dataset.key === key) return;
  $("business-choice").dataset.key = key;
  $("business-choice").replaceChildren(...state.businesses.map((business) => {
    const option = element("option", "", (business.verifiedName || "") + " " + business.displayPhoneNumber);
    option.value = business.phoneNumberId;
    return option;
  }));
  $("business-choice").value = state.phoneNumberId;
}

function drawFaults(faults) {
  for (const box of document.querySelectorAll("[data-fault]")) {
    const active = Boolean(faults[box.dataset.fault]);
    box.checked = "inverted" in box.dataset ? !active : active;
  }
  const armed = [];
  if (faults.nextError) armed.push("erro " + faults.nextError.code + " × " + faults.nextError.count);
  if (faults.nextFailedStatus) armed.push("falha " + faults.nextFailedStatus.code + " × " + faults.nextFailedStatus.count);
  if (faults.acceptThenTimeout) armed.push("sem resposta × " + faults.acceptThenTimeout);
  if (faults.htmlError) armed.push("502 × " + faults.htmlError);
  if (faults.dropWebhooks) armed.push("webhook perdido × " + faults.dropWebhooks);
  if (faults.latencyMs) armed.push("atraso de " + faults.latencyMs + " ms");
  $("armed").textContent = armed.length ? "À espera: " + armed.join(", ") : "";
}

function drawWebhooks(counts) {
  $("webhooks").textContent = counts.delivered + " entregues · " + counts.pending + " à espera · " + counts.failedAttempts + " tentativas sem 200" +
    (counts.dropped ? " · " + counts.dropped + " perdidos" : "") + (counts.unsubscribed ? " · " + counts.unsubscribed + " sem assinatura" : "");
}

async function write(message) {
  await api("POST", "phones/" + state.number + "/messages", { phoneNumberId: state.phoneNumberId || undefined, ...message });
}

async function openPhone(number) {
  const digits = number.replace(/\D/g, "");
  const phone = await api("POST", "phones/" + digits, {});
  Object.assign(state, { number: phone.number, shown: "" });
  quote(null);
  state.nameTyped = false;
  $("number").value = "+" + phone.number;
  $("name").value = phone.name;
  history.replaceState(null, "", "#" + phone.number);
}

async function refresh() {
  const [businesses, phones, faults, counts] = await Promise.all([api("GET", "businesses"), api("GET", "phones"), api("GET", "faults"), api("GET", "webhooks")]);
  state.businesses = businesses;
  if (!businesses.some((business) => business.phoneNumberId === state.phoneNumberId)) state.phoneNumberId = businesses[0]?.phoneNumberId || "";
  drawBusinesses();
  drawPhones(phones);
  drawFaults(faults);
  drawWebhooks(counts);
  if (!state.number) return;
  const phone = phones.find((one) => one.number === state.number);
  if (phone) {
    $("on").checked = phone.on;
    $("reading").checked = phone.reading;
    $("state").textContent = phone.name + " · +" + phone.number + (phone.on ? "" : " · desligado");
  }
  const filter = state.phoneNumberId ? "?phoneNumberId=" + encodeURIComponent(state.phoneNumberId) : "";
  draw(await api("GET", "phones/" + state.number + "/messages" + filter));
}

async function changePhone(change) {
  await api("POST", "phones/" + state.number, change);
}

$("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value;
  if (!text.trim()) return;
  act(async () => {
    await write({ text, replyTo: state.replyTo?.id });
    $("text").value = "";
    quote(null);
  });
});
$("who-form").addEventListener("submit", (event) => {
  event.preventDefault();
  // A name left over from the phone before is not meant for this one.
  const name = state.nameTyped ? $("name").value.trim() : "";
  act(async () => {
    await openPhone($("number").value);
    if (name) await changePhone({ name });
    if (name) $("name").value = name;
  });
});
$("name").addEventListener("input", () => { state.nameTyped = true; });
$("media-form").addEventListener("submit", (event) => {
  event.preventDefault();
  act(async () => {
    await write({ type: $("media-type").value, link: $("media-link").value.trim() });
    $("media-link").value = "";
  });
});
$("business-choice").addEventListener("change", (event) => {
  state.phoneNumberId = event.target.value;
  act(async () => {});
});
$("reading").addEventListener("change", (event) => act(async () => {
  await changePhone({ reading: event.target.checked });
  if (event.target.checked) await api("POST", "phones/" + state.number + "/read");
}));
$("on").addEventListener("change", (event) => act(() => changePhone({ on: event.target.checked })));
$("quote-clear").addEventListener("click", () => quote(null));
for (const box of document.querySelectorAll("[data-fault]")) {
  box.addEventListener("change", () => act(() => api("POST", "faults", { [box.dataset.fault]: "inverted" in box.dataset ? !box.checked : box.checked })));
}
$("arm").addEventListener("click", () => act(() => api("POST", "faults", JSON.parse($("one-shot").value))));
$("reset").addEventListener("click", () => act(() => api("DELETE", "faults")));

async function poll() {
  try {
    if (!document.hidden) await refresh();
    if (!$("error").hidden && $("error").dataset.poll) complain(null);
    delete $("error").dataset.poll;
  } catch (error) {
    complain(error);
    $("error").dataset.poll = "1";
  }
  setTimeout(poll, 1000);
}

async function start() {
  const phones = await api("GET", "phones");
  await openPhone(location.hash.replace(/\D/g, "") || phones[0]?.number || "5511999990001");
}

act(start).finally(poll);
