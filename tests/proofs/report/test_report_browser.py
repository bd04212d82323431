"""The page in a real browser: no sideways scrolling on a phone, readable in light and in dark.

Headless Chromium renders the page with a measuring script at its end, and prints the DOM. The
page itself has no script. Without Chromium these tests are skipped, loudly: nothing is known then.
"""

import json
import re
import shutil
import subprocess

import pytest

from proofs.report import page
from tests.proofs.report import reports

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None,
    reason="NO CHROMIUM: the HTML report was not rendered; install Debian's package chromium",
)

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=2000",
)
# A headless window is at least 500 pixels wide, so a frame of the wanted width holds the page.
HOST = """<!doctype html><body style="margin:0"><iframe id="phone" style="border:0;width:{width}px;
height:844px" src="page.html"></iframe><pre id="measured"></pre><script>
onload = () => {{
  const d = document.getElementById("phone").contentDocument, w = d.defaultView;
  for (const one of d.querySelectorAll("details")) one.open = true;
  const luminance = colour => {{
    const [r, g, b] = colour.match(/[\\d.]+/g).map(v => {{
      v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }});
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; }};
  const ground = e => {{
    for (; e; e = e.parentElement) {{
      const colour = w.getComputedStyle(e).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour; }}
    return "rgb(255, 255, 255)"; }};
  const poor = [], wide = [];
  for (const e of d.querySelectorAll("main *, header *, footer *")) {{
    if (e.closest("svg") && e.tagName !== "text") continue;
    if (!e.closest(".scroll, .command") && e.getBoundingClientRect().right > {width} + 1)
      wide.push(e.tagName + "." + e.className);
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const style = w.getComputedStyle(e);
    const box = e.tagName === "text" ? e.parentElement.querySelector("rect") : null;
    const fore = luminance(box ? style.fill : style.color);
    const back = luminance(box ? w.getComputedStyle(box).fill : ground(e));
    const contrast = (Math.max(fore, back) + 0.05) / (Math.min(fore, back) + 0.05);
    if (contrast < 4.5) poor.push(e.tagName + "." + (e.className.baseVal ?? e.className) + " "
      + contrast.toFixed(2) + " " + e.textContent.slice(0, 30)); }}
  document.getElementById("measured").textContent = JSON.stringify({{
    scroll: d.documentElement.scrollWidth, width: d.documentElement.clientWidth,
    ground: luminance(w.getComputedStyle(d.body).backgroundColor), poor, wide,
    boxes: d.querySelectorAll("svg.graph a").length,
    title: d.title }}); }};
</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the page of the whole registry, with a refutation, near misses and the audit."""
    folder = tmp_path_factory.mktemp("page")
    report = reports.of_registry()
    rungs = ["stated", "measured", "tested", "certified", "proved", "machine-checked"]
    for claim, rung in zip(report["claims"], rungs, strict=False):
        claim |= {"rung": rung, "status": rung}
    report["claims"][7] |= {"refuted": True, "reached": False, "status": "refuted"}
    report["claims"][8] |= {"reached": False, "rung": "tested", "status": "tested"}
    report["claims"][9]["evidence"].append(reports.evidence("X/y", "failed", reason="z" * 300))
    text = page.render(report, reports.audit())
    (folder / "page.html").write_text(text, encoding="utf-8")
    return folder


def measure(folder, width, dark):
    """Return what the measuring script found in a frame of this width."""
    host = folder / f"host-{width}.html"
    host.write_text(HOST.format(width=width), encoding="utf-8")
    profile = folder / f"profile-{width}-{dark}"
    done = subprocess.run(
        [
            CHROMIUM,
            *FLAGS,
            "--allow-file-access-from-files",
            f"--user-data-dir={profile}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--window-size={max(width, 600)},900",
            "--dump-dom",
            host.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    found = re.search(r'<pre id="measured">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, f"the page was not measured: {done.stderr[-500:]}"
    assert found[1], "the measuring script did not run to its end"
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_can_be_read(folder, width, dark):
    found = measure(folder, width, dark)
    assert found["title"] == "pmone · proof report · passed"
    assert found["boxes"] > 20
    assert found["scroll"] <= found["width"] == width, found["wide"]
    assert found["wide"] == []
    assert (found["ground"] < 0.05) == dark
    assert found["poor"] == []  # WCAG AA: a contrast of 4.5 for every text


def test_a_page_that_is_too_wide_is_noticed(folder, tmp_path):
    text = (folder / "page.html").read_text(encoding="utf-8")
    wide = text.replace("<main>", '<main><p style="width:500px;color:#777;background:#666">x</p>')
    (tmp_path / "page.html").write_text(wide, encoding="utf-8")
    found = measure(tmp_path, 390, dark=False)
    assert found["scroll"] > 390
    assert found["wide"] == ["P."]
    assert len(found["poor"]) == 1
