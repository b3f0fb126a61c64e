// The small form that a flow button opens over the chat, and the answers that it gives.

import { button, element } from "./dom.js";

// openForm draws the questions of a button into a sheet; answer is called with the answers. Of a form whose questions only
// Meta knows, the customer writes names and values.
export function openForm(sheet, choice, answer) {
  const fields = choice.form?.fields || [];
  const close = () => { sheet.hidden = true; sheet.replaceChildren(); };
  const questions = fields.length ? fields.map(questionOf) : [freeRow("resposta")];
  const rows = element("div", "questions", ...questions.map((one) => one.node));
  const head = element("header", "", element("b", "", choice.form?.title || choice.text), button("close", "×", "Fechar o formulário", close));
  sheet.replaceChildren(head, rows);
  if (!fields.length) {
    rows.before(element("p", "hint", "As perguntas deste formulário só a Meta conhece: escreva nomes e valores."));
    rows.after(button("plain", "mais um campo", "", () => {
      const row = freeRow("");
      questions.push(row);
      rows.append(row.node);
    }));
  }
  const send = element("button", "send", "Enviar");
  send.type = "submit";
  sheet.append(send);
  sheet.onsubmit = (event) => {
    event.preventDefault();
    answer(Object.fromEntries(questions.map((one) => one.read()).filter(([name]) => name)));
    close();
  };
  sheet.hidden = false;
  sheet.querySelector("input, select, textarea")?.focus();
}

function questionOf(field) {
  const words = (field.label || field.name) + (field.required ? " *" : "");
  if (field.kind === "choices") return severalOf(field, words);
  const control = controlOf(field);
  control.name = field.name;
  control.required = Boolean(field.required);
  const node = field.kind === "yes" ? element("label", "yes", control, words) : element("label", "", words, control);
  return { node, read: () => [field.name, field.kind === "yes" ? control.checked : control.value] };
}

function controlOf(field) {
  if (field.kind === "choice") {
    const select = element("select", "", option("", ""), ...field.options.map((one) => option(one.id, one.title)));
    return select;
  }
  if (field.kind === "long") return element("textarea", "");
  const input = element("input", "");
  input.type = { number: "number", date: "date", yes: "checkbox" }[field.kind] || "text";
  return input;
}

function option(value, text) {
  const made = element("option", "", text);
  made.value = value;
  return made;
}

function severalOf(field, words) {
  const boxes = field.options.map((one) => {
    const box = element("input", "");
    box.type = "checkbox";
    box.value = one.id;
    return { box, node: element("label", "yes", box, one.title) };
  });
  const node = element("fieldset", "", element("legend", "", words), ...boxes.map((one) => one.node));
  return { node, read: () => [field.name, boxes.filter((one) => one.box.checked).map((one) => one.box.value)] };
}

function freeRow(name) {
  const [key, value] = [element("input", "key"), element("input", "value")];
  key.value = name;
  key.setAttribute("aria-label", "Nome do campo");
  value.setAttribute("aria-label", "Valor do campo");
  return { node: element("div", "free", key, value), read: () => [key.value.trim(), value.value] };
}
