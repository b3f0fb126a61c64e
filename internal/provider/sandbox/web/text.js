// WhatsApp's own marks in texts: *bold*, _italic_, ~struck~, ```fixed```, and addresses that can be tapped.

import { element, link } from "./dom.js";

const marks = [
  { sign: "```", tag: "code" },
  { sign: "*", tag: "b" },
  { sign: "_", tag: "i" },
  { sign: "~", tag: "s" },
];

const word = /[\p{L}\p{N}]/u;
const address = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

// formatted gives the nodes that a text is drawn as.
export function formatted(text) {
  const nodes = [];
  let plain = "";
  let i = 0;
  const flush = () => {
    if (plain) nodes.push(...linked(plain));
    plain = "";
  };
  while (i < text.length) {
    const found = markAt(text, i);
    if (!found) {
      plain += text[i++];
      continue;
    }
    flush();
    const inner = text.slice(i + found.sign.length, found.end);
    nodes.push(element(found.tag, "", ...(found.tag === "code" ? [inner] : formatted(inner))));
    i = found.end + found.sign.length;
  }
  flush();
  return nodes;
}

// markAt finds a pair of marks that begins here: it hugs its words and does not stand inside one.
function markAt(text, i) {
  for (const { sign, tag } of marks) {
    if (!text.startsWith(sign, i)) continue;
    const begins = i + sign.length;
    const end = text.indexOf(sign, begins + 1);
    if (end < 0 || (i > 0 && word.test(text[i - 1])) || (text[end + sign.length] && word.test(text[end + sign.length]))) continue;
    const inner = text.slice(begins, end);
    if (tag !== "code" && (inner.includes("\n") || inner !== inner.trim())) continue;
    return { sign, tag, end };
  }
  return null;
}

function linked(text) {
  const nodes = [];
  let last = 0;
  for (const found of text.matchAll(address)) {
    nodes.push(text.slice(last, found.index), link(found[0], "", found[0]));
    last = found.index + found[0].length;
  }
  nodes.push(text.slice(last));
  return nodes;
}
