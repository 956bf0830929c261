// Draws posts with their probabilities. Every text of a post goes through textContent; only http(s) links are made.
function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function outside(address, words) {
  const link = element("a", "", words);
  link.href = /^https?:\/\//i.test(address) ? address : "?";
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  return link;
}

function inside(post, component) {
  const link = element("a", "story", post.story_words);
  link.href = post.story_href.startsWith("?") ? post.story_href : "?";
  link.addEventListener("click", (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    component.setTriggerValue("opened", post.story);
  });
  return link;
}

function bar(post) {
  const made = element("div", "bar");
  made.setAttribute("aria-hidden", "true");
  for (const part of post.parts) {
    const piece = element("i", part.kind);
    piece.style.width = `${part.share * 100}%`;
    made.append(piece);
  }
  return made;
}

function postOf(post, component) {
  const item = element("li", "post");
  item.dataset.post = post.id;
  const head = element("div", "badges");
  for (const badge of post.badges) {
    const made = element("span", `badge ${badge.tone}`, badge.text);
    made.title = badge.hint;
    head.append(made);
  }
  const text = element("p", "text", post.text);
  if (post.text_lang) text.lang = post.text_lang;
  const said = element("div", "said");
  if (post.parts.length) said.append(bar(post));
  said.append(element("span", "", post.probabilities));
  const foot = element("div", "foot");
  foot.append(element("span", "", post.meta));
  if (post.story) foot.append(inside(post, component));
  if (post.url) foot.append(outside(post.url, post.url_words));
  item.append(head, text, said, foot);
  return item;
}

export default function (component) {
  const { data, parentElement } = component;
  const list = parentElement.querySelector("ol");
  list.lang = data.lang;
  list.replaceChildren(...data.posts.map((post) => postOf(post, component)));
}
