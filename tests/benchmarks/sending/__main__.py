"""`python -m tests.benchmarks.sending mailgun_sqlite --out figures.json`: one scenario, in this process and its children.

Ends with 1 when the books do not balance. tests.benchmarks starts one such process for each scenario.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.benchmarks.sending.scenarios import SCENARIOS, say


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    # Told to end, it ends as after Ctrl-C: what it started is stopped, its files are removed.
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(128 + signal.SIGTERM))
    outcome = SCENARIOS[options.scenario](options.scenario)
    options.out.write_text(json.dumps(outcome.figures))
    for words in outcome.wrong:
        say(f"{options.scenario}: WRONG: {words}")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
