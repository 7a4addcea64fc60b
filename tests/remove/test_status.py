import json
from pathlib import Path

import pytest

from tests.command import Routegen


def test_everything_is_pristine_at_first(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    ran = routegen("status", "--check")
    assert (ran.code, ran.err) == (0, "")
    assert "webhook stripe  /api/webhooks/stripe\n  pristine  app/api/webhooks/stripe/route.py\n" in ran.out
    assert "  pristine  pyproject.toml: stripe>=16.1.0\n" in ran.out
    assert "  pristine  pyproject.toml\n" in ran.out, "what add wrote there is no edit of the user"
    assert "edited" not in ran.out and "newer" not in ran.out


def test_what_became_of_it(project: Path, routegen: Routegen) -> None:
    routegen("add", "webhook", "stripe")
    (project / "app/api/webhooks/stripe/route.py").write_text("mine\n")
    (project / "tests/api/webhooks/test_stripe.py").unlink()
    (project / ".env.example").unlink()
    pyproject = project / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace("stripe>=16.1.0", "stripe>=17"))
    assert routegen("status").code == 0
    ran = routegen("status", "--check", "--format", "json")
    assert ran.code == 1
    rows = json.loads(ran.out)["generated"]
    found = {(row["path"], row["entry"]): row["state"] for row in rows if row["addition"] == "webhook stripe"}
    assert found == {
        ("app/api/webhooks/stripe/route.py", None): "edited",
        ("tests/api/webhooks/test_stripe.py", None): "missing",
        ("pyproject.toml", "stripe>=16.1.0"): "edited",
        (".env.example", "STRIPE_WEBHOOK_SECRET"): "missing",
    }


def test_a_newer_template_is_told(project: Path, routegen: Routegen) -> None:
    routegen("add", "upload")
    own = project / ".routegen/templates/patterns/upload/route.py.jinja"
    own.parent.mkdir(parents=True)
    own.write_text("# another\n")
    out = routegen("status").out
    assert "  pristine  app/api/upload/route.py  (its template is newer)\n" in out
    assert out.count("newer") == 1


def test_without_a_record(tmp_path: Path, routegen: Routegen, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "app").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = routegen("status")
    assert (ran.code, ran.out) == (0, "") and "nothing was generated here" in ran.err
    assert json.loads(routegen("status", "--format", "json").out) == {"generated": []}


def test_an_older_record_is_read(project: Path, routegen: Routegen) -> None:
    """One that knows neither what is needed nor the edits."""
    routegen("add", "webhook", "stripe")
    file = project / ".routegen/generated.json"
    record = json.loads(file.read_text())
    for addition in record["additions"]:
        for key in ("needs", "edits", "routegen"):
            del addition[key]
        for row in addition["files"]:
            del row["template_sha256"]
    file.write_text(json.dumps(record))
    assert "newer" not in routegen("status").out
    assert routegen("remove", "webhook", "stripe").code == 0
    assert "stripe" not in (project / "pyproject.toml").read_text()
