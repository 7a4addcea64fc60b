"""Measures the verifier against Stripe's own library, in one run: the same delivery, the same secret.

    python -m benchmarks.webhooks [--seconds 2] [--sizes 1 16 256]

Sizes are KiB of body. Both verify the signature, check the age and parse the JSON; Stripe's makes its objects too,
so its verification without them (`verify_header` and `json.loads`) stands beside it.
"""

import argparse
import json
import time
from collections.abc import Callable

from stripe import Webhook, WebhookSignature

from routegen.webhooks import find, sign, verify

SECRET = "whsec_a_secret_of_the_benchmark"


def per_second(work: Callable[[], object], seconds: float) -> float:
    """Calls a second, the best of five slices: the others measure what else the machine did."""
    best = 0.0
    for _ in range(5):
        calls, begun = 0, time.perf_counter()
        while (spent := time.perf_counter() - begun) < seconds / 5:
            work()
            calls += 1
        best = max(best, calls / spent)
    return best


def delivery(kib: int) -> bytes:
    """An event of about so many KiB."""
    event = dict(find("stripe").events["checkout.session.completed"])
    event["data"]["object"]["metadata"] = {f"key_{i}": "x" * 40 for i in range(kib * 1024 // 56)}
    return json.dumps(event).encode()


def main() -> None:
    """Print a table, one row a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 16, 256])
    options = parser.parse_args()
    print("| KiB | routegen | `construct_event` | ratio | `verify_header` and `json.loads` | ratio |")
    print("|---:|---:|---:|---:|---:|---:|")
    for kib in options.sizes:
        body = delivery(kib)
        headers = sign("stripe", body=body, secret=SECRET)
        header = headers["Stripe-Signature"]

        def own(headers: dict[str, str] = headers, body: bytes = body) -> object:
            return verify("stripe", headers=headers, body=body, secrets=SECRET)

        def theirs(header: str = header, body: bytes = body) -> object:
            return Webhook.construct_event(body, header, SECRET)

        def bare(header: str = header, body: bytes = body) -> object:
            WebhookSignature.verify_header(body, header, SECRET, 300)
            return json.loads(body)

        assert own()
        a, b, c = (per_second(work, options.seconds) for work in (own, theirs, bare))
        print(f"| {len(body) // 1024} | {a:,.0f}/s | {b:,.0f}/s | {a / b:.2f} | {c:,.0f}/s | {a / c:.2f} |")


if __name__ == "__main__":
    main()
