// The provider's faults: a few that are only on or off, and all others with their parameters, as the sandbox names them.

import { api } from "./api.js";
import { element } from "./dom.js";

const $ = (id) => document.getElementById(id);
let known = [];

export function listenToFaults(act) {
  for (const box of document.querySelectorAll("[data-fault]")) {
    box.addEventListener("change", () => act(() => api("POST", "faults", { [box.dataset.fault]: "inverted" in box.dataset ? !box.checked : box.checked })));
  }
  $("fault-name").addEventListener("change", drawParameters);
  $("arm").addEventListener("click", () => act(() => api("POST", "faults", { fault: $("fault-name").value, with: parameters(), count: Number($("fault-count").value) })));
  $("reset").addEventListener("click", () => act(() => api("DELETE", "faults")));
}

export function drawFaults(faults) {
  for (const box of document.querySelectorAll("[data-fault]")) {
    const active = Boolean(faults[box.dataset.fault]);
    box.checked = "inverted" in box.dataset ? !active : active;
  }
  if (!known.length) {
    known = faults.known || [];
    $("fault-name").replaceChildren(...known.map((kind) => {
      const option = element("option", "", kind.description);
      option.value = kind.name;
      return option;
    }));
    drawParameters();
  }
  $("armed").replaceChildren(...(faults.armed || []).filter((rule) => rule.active).map((rule) =>
    element("li", "", describe(rule.fault), element("small", "", rule.count ? rule.struck + " de " + rule.count : rule.struck + " vezes"))));
}

function describe(name) {
  return known.find((kind) => kind.name === name)?.description || name;
}

function chosen() {
  return known.find((kind) => kind.name === $("fault-name").value);
}

function drawParameters() {
  $("fault-parameters").replaceChildren(...(chosen()?.parameters || []).map((parameter) => {
    const field = parameter.choices ? choice(parameter) : input(parameter);
    field.dataset.parameter = parameter.name;
    field.dataset.kind = parameter.kind;
    return element("label", "", element("span", "", parameter.description), field);
  }));
}

function choice(parameter) {
  const field = element("select", "", ...parameter.choices.map((value) => element("option", "", String(value))));
  field.value = String(parameter.default);
  return field;
}

function input(parameter) {
  const field = element("input", "");
  if (parameter.kind === "switch") {
    field.type = "checkbox";
    field.checked = parameter.default;
    return field;
  }
  field.type = parameter.kind === "number" ? "number" : "text";
  field.value = parameter.default ?? "";
  return field;
}

function parameters() {
  const given = {};
  for (const field of document.querySelectorAll("[data-parameter]")) {
    const { parameter, kind } = field.dataset;
    given[parameter] = kind === "switch" ? field.checked : kind === "number" ? Number(field.value) : field.value;
  }
  return given;
}
