/** Makes an element. Children are elements or text, never markup, so that what a model file says stays inert. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** The element of the template with this id. */
export function byId(id) {
  return document.getElementById(id);
}
