"""`python -m tests.chaos`: random mixes of faults by seed, or each fault by itself; one line a run."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.chaos.faults import FAULTS, NEEDS_ITS_OWN_DISK
from tests.chaos.runner import Run, mix, run


def main() -> int:
    """Run; 1 if anything was lost, duplicated, late or broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="so many random mixes")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--fault", action="append", choices=sorted(FAULTS), help="this fault; may be given again")
    parser.add_argument("--each", action="store_true", help="each fault by itself, in place of mixes")
    options = parser.parse_args()
    possible = [name for name in FAULTS if os.geteuid() == 0 or name not in NEEDS_ITS_OWN_DISK]
    seeds = range(options.first, options.first + options.seeds)
    plans: list[tuple[int, tuple[str, ...]]]
    if options.each:
        plans = [(options.first, (name,)) for name in possible]
    elif options.fault:
        plans = [(seed, tuple(options.fault)) for seed in seeds]
    else:
        plans = [(seed, mix(seed, possible)) for seed in seeds]
    kept = Path(tempfile.mkdtemp(prefix="alarmd-chaos-"))
    kept.chmod(0o755)
    runs = [asyncio.run(_run(kept / f"{number}", seed, faults)) for number, (seed, faults) in enumerate(plans, 1)]
    bad = [done for done in runs if not done.verdict.ok]
    print(
        f"{len(runs)} runs: presses {sum(done.presses for done in runs)}, "
        f"faults {sum(len(done.faults) for done in runs)}, "
        f"sent again {sum(done.resent for done in runs)}, attempts {sum(done.attempts for done in runs)}, "
        f"worst recovery {max(done.recovered_s for done in runs):.1f} s; "
        + ", ".join(f"{name} {sum(done.verdict.counts()[name] for done in runs)}" for name in runs[0].verdict.counts())
    )
    if bad:
        print(f"{len(bad)} of them bad; histories and logs are in {kept}")
    return 1 if bad else 0


async def _run(directory: Path, seed: int, faults: tuple[str, ...]) -> Run:
    done = await run(directory, seed, faults)
    print(done.line(), flush=True)
    for sentence in done.verdict.sentences()[:20]:
        print(f"    {sentence}", flush=True)
    return done


if __name__ == "__main__":
    sys.exit(main())
