"""Who may see dev pages: a browser on this machine, directly, by a loopback name."""

from typing import Any

import pytest

from routegen.server.dev.access import is_loopback_address, may_see_dev_pages

LOCAL = ("127.0.0.1", 50000)

LOOPBACK = """
    localhost localhost:8000 LOCALHOST:3000 shop.localhost a.b.localhost:8000 127.0.0.1
    127.0.0.1:8000 127.8.9.10 127.255.255.254:1 [::1] [::1]:8000 [0:0:0:0:0:0:0:1]:65535
    localhost:0
"""

ELSEWHERE = """
    example.com localhost.evil.com evil-localhost notlocalhost localhost.evil.com:80
    127.0.0.1.nip.io 127.0.0.1.evil.com:8000 127.0.0.1@evil.com localhost@evil.com
    evil.com@localhost user:pass@localhost localhost:80@evil.com evil.com#localhost
    evil.com/localhost evil.com?.localhost localhost,evil.com 0.0.0.0 0 127.1 127.0.0.01
    0x7f.0.0.1 2130706433 128.0.0.1 192.168.0.4:8000 10.0.0.1 ::1 ::1:8000 [::1 ::1] [::2] [::]
    [::1%eth0] [fe80::1] [127.0.0.1] [localhost] localhost: localhost:x localhost:-1
    localhost:65536 localhost:999999 localhost:80:80 .localhost ..localhost -.localhost
    localhost. a..localhost abc.ngrok-free.app x.trycloudflare.com 127.0.0.1:8000:
    http://localhost //localhost *
"""

FORWARDING = """
    forwarded Forwarded via x-forwarded-for X-Forwarded-Host x-forwarded-proto x-forwarded
    x_forwarded_for x-real-ip x-client-ip x-original-host x-original-forwarded-for
    true-client-ip cf-connecting-ip cf-ray cf-visitor cdn-loop ngrok-skip-browser-warning
    ngrok-trace-id x-envoy-external-address fly-client-ip fastly-client-ip x-azure-clientip
    x-arr-log-id tailscale-user-login x-amzn-trace-id x-vercel-forwarded-for x-cluster-client-ip
"""


def scope(*headers: tuple[str, str], client: Any = LOCAL) -> dict[str, Any]:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http", "headers": raw, "client": client}


@pytest.mark.parametrize(
    "host",
    LOOPBACK.split(),
)
def test_loopback_hosts_see_them(host: str) -> None:
    assert may_see_dev_pages(scope(("host", host)))


@pytest.mark.parametrize(
    "host",
    [
        *ELSEWHERE.split(),
        "",
        " ",
        "localhost evil.com",
        "localhost\t",
        " localhost",
        "localhost\r\n",
        "localhost\x00",
        "localhost:\u0668\u0660",
        "l\u03bfcalhost",
        "\uff4cocalhost",
    ],
)
def test_other_hosts_do_not(host: str) -> None:
    raw = [(b"host", host.encode("utf-8"))]
    assert not may_see_dev_pages({"type": "http", "headers": raw, "client": LOCAL})


def test_exactly_one_host_is_needed() -> None:
    assert not may_see_dev_pages(scope())
    assert not may_see_dev_pages(scope(("host", "localhost"), ("host", "localhost")))
    assert not may_see_dev_pages(scope(("host", "localhost"), ("Host", "evil.com")))
    assert not may_see_dev_pages({"type": "http"})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_clients_see_them(address: str) -> None:
    assert may_see_dev_pages(scope(("host", "localhost"), client=(address, 1)))
    assert may_see_dev_pages(scope(("host", "localhost"), client=[address, 1]))


@pytest.mark.parametrize(
    "client",
    [
        *(
            None,
            (),
            ("", 0),
            ("192.168.0.7", 1),
            ("8.8.8.8", 1),
            ("::ffff:8.8.8.8", 1),
            ("fe80::1", 1),
            ("::1%lo", 1),
        ),
        *(("testclient", 50000), ("localhost", 1), ("unix:", 0), (None, None)),
    ],
)
def test_other_clients_do_not(client: Any) -> None:
    assert not may_see_dev_pages(scope(("host", "localhost"), client=client))


@pytest.mark.parametrize(
    "name",
    FORWARDING.split(),
)
def test_a_forwarded_request_does_not(name: str) -> None:
    assert not may_see_dev_pages(scope(("host", "localhost"), (name, "")))


def test_what_browsers_send_is_no_forwarding() -> None:
    sent = [
        "accept",
        "accept-encoding",
        "connection",
        "cookie",
        "dnt",
        "sec-fetch-site",
        "user-agent",
        "x-requested-with",
    ]
    assert may_see_dev_pages(scope(("host", "localhost:8000"), *((name, "1") for name in sent)))


@pytest.mark.parametrize(
    ("origin", "seen"),
    [
        ("http://localhost:3000", True),
        ("https://127.0.0.1", True),
        ("http://[::1]:8000", True),
        ("https://evil.com", False),
        ("http://localhost.evil.com", False),
        ("http://localhost@evil.com", False),
        ("http://evil.com/localhost", False),
        ("null", False),
        ("", False),
        ("file://", False),
    ],
)
def test_a_page_elsewhere_cannot_script_it(origin: str, seen: bool) -> None:
    assert may_see_dev_pages(scope(("host", "localhost"), ("origin", origin))) is seen


def test_no_name_is_an_address() -> None:
    assert not is_loopback_address("localhost")
    assert not is_loopback_address("")
