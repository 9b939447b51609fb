"""Tests an installed nanodnsd under systemd. Prints a transcript, and writes the verdict to a file."""
from pathlib import Path

import bench
import steps_activation
import steps_confinement
import steps_deaths
import steps_https
import steps_administration
import steps_load
import steps_readme

HERE = Path(__file__).resolve().parent
ORDER = (steps_activation, steps_confinement, steps_administration, steps_https, steps_deaths, steps_load,
         steps_readme)

failures = bench.run_steps([one for part in ORDER for one in part.STEPS], (HERE / "only").read_text().strip())
print("all passed" if failures == 0 else f"{failures} steps failed")
(HERE / "status").write_text("passed\n" if failures == 0 else "failed\n")
