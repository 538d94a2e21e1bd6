/// The script of all pages. Everything works without it: it adds buttons that copy, closes menus,
/// and searches while somebody types.
enum Script {
    static let text = """
        "use strict";
        (() => {
          const words = document.body.dataset;

          // A button beside each text that is there to be copied.
          const copy = async (element) => {
            if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
            // Browsers have no clipboard for pages that come without TLS.
            const selection = getSelection();
            selection.selectAllChildren(element);
            document.execCommand("copy");
            selection.removeAllRanges();
          };
          const addCopyButtons = (root) => {
            for (const text of root.querySelectorAll("pre[data-copy]")) {
              const frame = document.createElement("div");
              const button = document.createElement("button");
              frame.className = "copied-from";
              button.type = "button";
              button.className = "quiet";
              button.textContent = words.copy;
              button.setAttribute("aria-live", "polite");
              text.replaceWith(frame);
              frame.append(text, button);
              button.addEventListener("click", async () => {
                await copy(text);
                button.textContent = words.copied;
                setTimeout(() => { button.textContent = words.copy; }, 2000);
              });
            }
          };
          addCopyButtons(document);

          // Menus close as people expect of menus.
          const menus = document.querySelectorAll("details.menu");
          const close = (except) => {
            for (const menu of menus) if (menu !== except) menu.open = false;
          };
          document.addEventListener("click", (event) => close(event.target.closest("details.menu")));
          document.addEventListener("keydown", (event) => {
            if (event.key !== "Escape") return;
            const open = document.querySelector("details.menu[open]");
            if (!open) return;
            open.open = false;
            open.querySelector("summary").focus();
          });

          // Sends files one by one, and says beside each what became of it.
          const publish = document.querySelector("form.publish");
          if (publish) {
            const chosen = publish.querySelector('input[type="file"]');
            const outcomes = document.getElementById("outcomes");
            const note = (file, text) => {
              const item = document.createElement("li");
              const name = document.createElement("strong");
              const state = document.createElement("span");
              name.textContent = file.name;
              state.className = "tag";
              state.textContent = text;
              item.append(name, " ", state);
              outcomes.append(item);
              return item;
            };
            const send = async (file, item) => {
              const data = new FormData();
              for (const hidden of publish.querySelectorAll('input[type="hidden"]')) data.append(hidden.name, hidden.value);
              data.append("index", publish.elements.index.value);
              data.append("content", file, file.name);
              const answer = await fetch(publish.action, {
                method: "POST", body: data, credentials: "same-origin", headers: { Accept: "text/html" },
              });
              const page = new DOMParser().parseFromString(await answer.text(), "text/html");
              const outcome = page.querySelector("#outcomes li");
              if (outcome) return item.replaceWith(document.adoptNode(outcome));
              throw new Error(answer.statusText);
            };
            const sendAll = async (files) => {
              outcomes.replaceChildren();
              const waiting = [...files].map((file) => [file, note(file, publish.dataset.waiting)]);
              for (const [file, item] of waiting) {
                try {
                  await send(file, item);
                } catch {
                  item.querySelector(".tag").textContent = publish.dataset.failed;
                  item.querySelector(".tag").classList.add("bad");
                }
              }
              publish.reset();
            };
            publish.addEventListener("submit", (event) => {
              event.preventDefault();
              sendAll(chosen.files);
            });
            const drop = publish.querySelector(".drop");
            for (const kind of ["dragenter", "dragover"]) {
              drop.addEventListener(kind, (event) => {
                event.preventDefault();
                drop.classList.add("over");
              });
            }
            for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
            drop.addEventListener("drop", (event) => {
              event.preventDefault();
              sendAll(event.dataTransfer.files);
            });
          }

          // Says which section of a page is shown.
          const tabs = document.querySelectorAll('.tabs a[href^="#"]');
          const markTab = () => {
            const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
            const section = target && target.closest(".tab");
            for (const [place, tab] of tabs.entries()) {
              const isShown = section ? tab.hash === "#" + section.id : place === 0;
              if (isShown) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
            }
          };
          if (tabs.length > 0) {
            markTab();
            addEventListener("hashchange", markTab);
          }

          // Keeps the client for which commands are shown.
          const choices = document.querySelectorAll('input[name="client"]');
          try {
            const kept = document.getElementById(localStorage.getItem("client") || "");
            if (kept && kept.name === "client") kept.checked = true;
            for (const choice of choices) {
              choice.addEventListener("change", () => localStorage.setItem("client", choice.id));
            }
          } catch {
            // Storage is closed: nothing is kept.
          }

          // Searches while somebody types: results in their place on the page of a search, else the best of them in a list.
          const form = document.querySelector(".top .search");
          const field = form && form.querySelector("input");
          const results = document.getElementById("results");
          let list = null;
          let waiting = null;
          let asked = "";
          const forget = () => {
            if (list) list.remove();
            list = null;
          };
          const show = (found) => {
            const links = [...found.querySelectorAll("#results h2 a")].slice(0, 6);
            forget();
            if (links.length === 0 || document.activeElement !== field) return;
            list = document.createElement("ul");
            list.className = "suggestions";
            for (const link of links) {
              const item = document.createElement("li");
              const copy = document.createElement("a");
              copy.href = new URL(link.getAttribute("href"), form.action).href;
              copy.textContent = link.textContent;
              item.append(copy);
              list.append(item);
            }
            form.append(list);
          };
          const search = async () => {
            const text = field.value.trim();
            const address = new URL(form.action);
            if (results) address.search = location.search;
            address.searchParams.delete("page");
            address.searchParams.set("q", text);
            asked = address.href;
            if (text === "" && !results) return forget();
            const answer = await fetch(address, { credentials: "same-origin" });
            if (!answer.ok || asked !== address.href) return;
            const found = new DOMParser().parseFromString(await answer.text(), "text/html");
            const better = found.getElementById("results");
            if (!better || asked !== address.href) return;
            if (!results) return show(found);
            results.replaceChildren(...better.childNodes);
            history.replaceState(null, "", address);
            document.title = found.title;
            document.querySelector("main h1").textContent = found.querySelector("main h1").textContent;
            for (const hidden of document.querySelectorAll('main input[name="q"]')) hidden.value = text;
          };
          if (field) {
            field.addEventListener("input", () => {
              clearTimeout(waiting);
              waiting = setTimeout(() => search().catch(forget), 150);
            });
            form.addEventListener("focusout", (event) => {
              if (!form.contains(event.relatedTarget)) forget();
            });
            form.addEventListener("keydown", (event) => {
              if (!list) return;
              const links = [...list.querySelectorAll("a")];
              const place = links.indexOf(document.activeElement);
              if (event.key === "Escape") {
                forget();
                field.focus();
              } else if (event.key === "ArrowDown" && place < links.length - 1) {
                event.preventDefault();
                links[place + 1].focus();
              } else if (event.key === "ArrowUp" && place >= 0) {
                event.preventDefault();
                (links[place - 1] || field).focus();
              }
            });
          }
        })();

        """
}
