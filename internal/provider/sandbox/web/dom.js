// Small helpers to make elements. Texts of customers and businesses only ever become text nodes, never markup.

export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((one) => one !== undefined && one !== null && one !== ""));
  return made;
}

export function button(className, text, title, work) {
  const made = element("button", className, text);
  made.type = "button";
  if (title) made.title = title;
  made.addEventListener("click", work);
  return made;
}

// webLink gives an address that a browser may follow, or nothing.
export function webLink(url) {
  try {
    const parsed = new URL(url);
    return ["http:", "https:", "tel:"].includes(parsed.protocol) ? parsed.href : "";
  } catch {
    return "";
  }
}

export function link(url, className, ...content) {
  const made = element("a", className, ...content);
  const safe = webLink(url);
  if (safe) made.href = safe;
  made.target = "_blank";
  made.rel = "noreferrer noopener";
  return made;
}

export function clockTime(at) {
  return new Date(at).toLocaleTimeString("pt-BR", { hour: "2-digit", minute: "2-digit" });
}
