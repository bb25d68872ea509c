"""The page with name and password: one HTML text, in the dashboard's colours, without a script. Pure."""

from __future__ import annotations

from html import escape

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

_STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1d2530, #e6eaf0); --soft: light-dark(#4d5866, #aab4c0);
  --ground: light-dark(#ffffff, #12161c); --field: light-dark(#ffffff, #1c222b);
  --line: light-dark(#8d97a3, #5b6775); --act: light-dark(#0b5cad, #6cb0f5);
  --on: light-dark(#ffffff, #0d1117); --alarm: light-dark(#b3261e, #ff9c91); }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--ground); color: var(--ink); font: 15px/1.5 "Source Sans", system-ui, sans-serif; }
main { width: 100%; max-width: 22rem; }
h1 { font-size: 1.7rem; font-weight: 650; margin: 0 0 0.25rem; line-height: 1.2; }
p { margin: 0 0 1.25rem; color: var(--soft); }
p.said { color: var(--ink); border-left: 3px solid var(--act); padding-left: 0.75rem; }
p.wrong { color: var(--alarm); border-left-color: var(--alarm); }
label { display: block; font-weight: 600; margin: 0 0 0.25rem; }
input { width: 100%; font: inherit; padding: 0.55rem 0.7rem; margin: 0 0 1rem; color: inherit;
  background: var(--field); border: 1px solid var(--line); border-radius: 6px; }
button { width: 100%; font: inherit; font-weight: 600; padding: 0.6rem; border: 0; border-radius: 6px;
  background: var(--act); color: var(--on); cursor: pointer; margin-top: 0.25rem; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--act); outline-offset: 2px; }
"""


def sign_in(action: str, onward: str, name: str = "", said: str = "", wrong: bool = False) -> str:
    """The page. `onward` is where the reader was going, `said` a line above the fields."""
    line = f'<p class="said{" wrong" if wrong else ""}" role="status">{escape(said)}</p>' if said else ""
    on_name, on_password = ("", " autofocus") if name else (" autofocus", "")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in · Tiergate ledger</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
<style>{_STYLE}</style></head><body><main>
<h1>Tiergate ledger</h1><p>Sign in to see what was spent, by whom, and how good it was.</p>
{line}<form method="post" action="{escape(action)}">
<input type="hidden" name="onward" value="{escape(onward)}">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required
 maxlength="128" value="{escape(name)}"{on_name}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
 maxlength="1024"{on_password}>
<button type="submit">Sign in</button></form></main></body></html>
"""
