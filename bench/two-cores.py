#!/usr/bin/env python3
"""How much more a server does with two cores than with one, on a machine that has only two.

The load needs a core too. So each core gives the server half of its time, by a quota of the kernel, and its threads are
pinned: no core can lend the other what it has left. The other halves are the load's. What is compared is one such half
with two.

    sudo bench/two-cores.py target/release/plaudit --rounds 7

Needs root and the cpu controller of cgroup v1 (/sys/fs/cgroup/cpu). Prints a table in Markdown.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup/cpu")
# The shortest period that the kernel allows for half of it: longer ones would stop a thread for longer at a time.
PERIOD_US, HALF_US = 2000, 1000

# What is run, the figure that is compared, and the threads that move to the second core; of the runtime's, every other
# one does.
STEPS = {
    "Frames a second, 15,000 viewers of one post": ("watch --viewers 15000 --rate 20 --seconds 6", "frames_per_second", {"hub-1"}),
    "Counts a second, 8,000 viewers of 20 posts": ("feed --viewers 8000 --seconds 6", "frames_per_second", {"hub-1"}),
    "Likes a second, 64 sockets, closed loop": ("write --likers 64 --seconds 4", "acts_per_second", {"store-writer"}),
    "Likes a second, 1,024 on their way": ("write --likers 256 --depth 4 --seconds 4", "acts_per_second", {"store-writer"}),
    "Likes a second by HTTP, 64 connections": ("write --http --likers 64 --seconds 4", "acts_per_second", {"store-writer"}),
    "Pages of a post a second, 64 connections": ("pages --viewers 64 --seconds 4", "acts_per_second", set()),
}


def place(load, cores, moved, over):
    """Pins each thread of the load's server as it appears, and gives it to its core's group."""
    placed = {}
    while not over.wait(0.02):
        for thread in threads_of_children(load.pid):
            try:
                name = (thread / "comm").read_text().strip()
                if placed.get(thread) == name:
                    continue
                workers = sum(other.startswith("tokio") for other in placed.values())
                second = cores == 2 and (name in moved or (name.startswith("tokio") and workers % 2 == 1))
                os.sched_setaffinity(int(thread.name), {int(second)})
                (group(int(second)) / "tasks").write_text(thread.name)
                placed[thread] = name
            except OSError:
                continue  # it has ended


def threads_of_children(pid):
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [thread for child in children for thread in Path(f"/proc/{child}/task").iterdir()]
    except OSError:
        return []


def group(core):
    return GROUPS / f"plaudit-half-{core}"


def run(program, arguments, cores, moved):
    command = [program, "load", *arguments.split(), "--server-cores", "0" if cores == 1 else "0-1", "--json", "--quiet"]
    load = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    over = threading.Event()
    placing = threading.Thread(target=place, args=(load, cores, moved, over))
    placing.start()
    said, _ = load.communicate()
    over.set()
    placing.join()
    if load.returncode != 0:
        sys.exit(f"{' '.join(command)} failed: {said}")
    return json.loads(said)["figures"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="a release build of plaudit")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is run (default: 7)")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("this machine has one core")
    try:
        for core in (0, 1):
            group(core).mkdir(exist_ok=True)
            # The quota must never be longer than the period, whatever stood there before.
            for file, value in (("quota", -1), ("period", PERIOD_US), ("quota", HALF_US)):
                (group(core) / f"cpu.cfs_{file}_us").write_text(str(value))
    except OSError as error:
        sys.exit(f"needs root and the cpu controller of cgroup v1: {error}")
    figures = {step: [] for step in STEPS}
    try:
        for number in range(options.rounds):
            for step, (arguments, figure, moved) in STEPS.items():
                print(f"round {number + 1} of {options.rounds}: {step}", file=sys.stderr)
                one, two = (run(options.program, arguments, cores, moved) for cores in (1, 2))
                figures[step].append((one[figure], two[figure], two["server_cores"]))
    finally:
        for core in (0, 1):
            group(core).rmdir()
    print("|  | half of one core | half of each of two | growth: median | range | server: cores kept busy |")
    print("|---|---:|---:|---:|---:|---:|")
    for step, rounds in figures.items():
        one, two, busy = (statistics.median(column) for column in zip(*rounds))
        growth = sorted(two / one for one, two, _ in rounds)
        print(
            f"| {step} | {one:,.0f}/s | {two:,.0f}/s | **{statistics.median(growth):.2f} ×** "
            f"| {growth[0]:.2f} to {growth[-1]:.2f} × | {busy:.2f} of 1.00 |"
        )


if __name__ == "__main__":
    main()
