"""The scores of rules and of other linters, over labels made up here."""

import json
import sys
from pathlib import Path

import pytest

from tests.check import peers

APP = """\
import time

from fastapi import FastAPI

app = FastAPI()


@app.get("/slow")
async def slow() -> int:
    time.sleep(1)
    return 1


@app.get("/quick")
async def quick() -> int:
    return 1
"""


def test_a_peer_is_scored_beside_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ada+shop").mkdir()
    (tmp_path / "ada+shop" / "main.py").write_text(APP)
    common = {"repo": "ada/shop", "path": "main.py", "unsure": []}
    wanted = [{"rule": "blocking-call-in-async", "reason": "it sleeps"}]
    labels = [
        {**common, "handler": "slow", "line": 9, "positives": wanted},
        {**common, "handler": "quick", "line": 15, "positives": wanted},
    ]
    (tmp_path / "labels.json").write_text(json.dumps({"labels": labels}))
    words = ["peers", "--labels", str(tmp_path / "labels.json"), "--sources", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", [*words, "--bandit", "no-such-command"])
    peers.main()
    assert capsys.readouterr().out.splitlines() == [
        "| label | positives | routegen | ruff |",
        "| --- | ---: | --- | --- |",
        "| blocking-call-in-async | 2 | 1 of 2, P 1.00 | 1 of 2, P 1.00 |",
    ]
