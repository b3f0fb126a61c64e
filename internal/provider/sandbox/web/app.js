// The page: several customers' phones side by side, and the simulated provider around them. It shows what the sandbox's
// control API tells, and does there what people do here.

import { api } from "./api.js";
import { drawOffers } from "./cards.js";
import { drawFaults, listenToFaults } from "./faults.js";
import { drawBusinesses, drawClock, drawPhones, drawWebhooks } from "./panel.js";
import { Phone } from "./phone.js";

const $ = (id) => document.getElementById(id);
const firstNumber = "5511999990001";

class Page {
  constructor() {
    Object.assign(this, { phones: [], current: "", phoneNumberId: "" });
  }

  complain(error) {
    $("error").textContent = error ? error.message : "";
    $("error").hidden = !error;
  }

  // act runs what a person asked for and shows what went wrong.
  async act(work) {
    try {
      await work();
      this.complain(null);
      await this.refresh();
    } catch (error) {
      this.complain(error);
    }
  }

  numbers() { return this.phones.map((phone) => phone.number); }

  // open shows a phone; one that is new comes into being.
  async open(number, name) {
    const digits = number.replace(/\D/g, "");
    const view = await api("POST", "phones/" + digits, name ? { name } : {});
    if (!this.numbers().includes(view.number)) {
      const phone = new Phone(view.number, this);
      this.phones.push(phone);
      $("stage").append(phone.node);
    }
    this.turnTo(view.number);
  }

  close(number) {
    const at = this.numbers().indexOf(number);
    if (at < 0 || this.phones.length === 1) return;
    this.phones[at].node.remove();
    this.phones.splice(at, 1);
    this.turnTo(this.phones[Math.max(0, at - 1)].number);
    this.act(async () => {});
  }

  // turnTo brings a phone to the front; small screens show only this one.
  turnTo(number) {
    this.current = number;
    for (const phone of this.phones) phone.node.classList.toggle("current", phone.number === number);
    this.phones.find((phone) => phone.number === number)?.node.scrollIntoView({ block: "nearest", inline: "nearest" });
    history.replaceState(null, "", "#" + this.numbers().join(","));
  }

  async refresh() {
    const [businesses, views, faults, counts, clock] = await Promise.all(
      ["businesses", "phones", "faults", "webhooks", "clock"].map((path) => api("GET", path)));
    if (!businesses.some((business) => business.phoneNumberId === this.phoneNumberId)) this.phoneNumberId = businesses[0]?.phoneNumberId || "";
    const business = businesses.find((one) => one.phoneNumberId === this.phoneNumberId);
    drawBusinesses(businesses, this.phoneNumberId);
    drawPhones(views, this.numbers(), this.current, (number) => this.act(() => this.open(number)));
    drawFaults(faults);
    drawWebhooks(counts);
    drawClock(clock);
    await Promise.all(this.phones.map((phone) => {
      phone.show(views.find((view) => view.number === phone.number), business);
      return phone.refresh();
    }));
    drawOffers(clock.now);
  }

  listen() {
    $("who-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.act(async () => {
        await this.open($("number").value, $("name").value.trim());
        $("number").value = $("name").value = "";
      });
    });
    $("business-choice").addEventListener("change", (event) => {
      this.phoneNumberId = event.target.value;
      this.act(async () => {});
    });
    $("tools").addEventListener("click", () => {
      $("panel").hidden = !$("panel").hidden;
      $("tools").setAttribute("aria-expanded", String(!$("panel").hidden));
    });
    for (const jump of document.querySelectorAll("[data-jump]")) {
      jump.addEventListener("click", () => this.act(() => api("POST", "clock", { advance: jump.dataset.jump })));
    }
    $("real").addEventListener("click", () => this.act(() => api("POST", "clock", { real: true })));
    listenToFaults((work) => this.act(work));
  }

  async start() {
    this.listen();
    const known = await api("GET", "phones");
    const asked = location.hash.slice(1).split(",").filter((number) => /\d{8,}/.test(number));
    const numbers = asked.length ? asked : known.slice(0, 3).map((view) => view.number).reverse();
    for (const number of numbers.length ? numbers : [firstNumber]) await this.open(number);
    await this.refresh();
  }

  async poll() {
    try {
      if (!document.hidden) await this.refresh();
      if (!$("error").hidden && $("error").dataset.poll) this.complain(null);
      delete $("error").dataset.poll;
    } catch (error) {
      this.complain(error);
      $("error").dataset.poll = "1";
    }
    setTimeout(() => this.poll(), 1000);
  }
}

const page = new Page();
page.start().catch((error) => page.complain(error)).finally(() => setTimeout(() => page.poll(), 1000));
