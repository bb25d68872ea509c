// A text area with line numbers beside it. It tells Python what was typed after a pause, without waiting for
// the reader to leave the field, and marks the lines that Python finds fault with.
const PAUSE_MS = 400

export default function ({ parentElement, data, setStateValue }) {
  const area = parentElement.querySelector("textarea")
  const gutter = parentElement.querySelector(".lines")
  // What is on screen is newer than what comes back, unless another text is to be edited.
  if (area.dataset.edition !== data.edition) {
    area.dataset.edition = data.edition
    area.value = data.text
    area.setAttribute("aria-label", data.label)
    area.scrollTop = 0
  }
  const paint = () => {
    const count = area.value.split("\n").length
    const wrong = new Map(data.problems.map(([line, said]) => [line, said]))
    gutter.replaceChildren(
      ...Array.from({ length: count }, (_, index) => {
        const mark = document.createElement("span")
        mark.textContent = String(index + 1)
        if (wrong.has(index + 1)) {
          mark.className = "wrong"
          mark.title = wrong.get(index + 1)
        }
        return mark
      }),
    )
    gutter.scrollTop = area.scrollTop
  }
  const tell = () => setStateValue("typed", { edition: area.dataset.edition, text: area.value })
  area.oninput = () => {
    paint()
    clearTimeout(area.waiting)
    area.waiting = setTimeout(tell, PAUSE_MS)
  }
  area.onscroll = () => (gutter.scrollTop = area.scrollTop)
  paint()
  return () => clearTimeout(area.waiting)
}
