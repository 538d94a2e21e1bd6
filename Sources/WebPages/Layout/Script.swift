/// The script of all pages. Everything works without it: it adds buttons that copy, and closes menus.
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
        })();

        """
}
