"""Tests an installed nanodnsd under systemd, or its package. Prints a transcript, and writes the verdict to a file."""
from pathlib import Path

import bench

HERE = Path(__file__).resolve().parent


def steps_of_package():
    import steps_package
    return steps_package.STEPS, lambda: None


def steps_of_installation():
    import steps_activation
    import steps_administration
    import steps_confinement
    import steps_deaths
    import steps_doctor
    import steps_https
    import steps_load
    import steps_nanodnsctl
    import steps_readme
    parts = (steps_activation, steps_confinement, steps_administration, steps_nanodnsctl, steps_doctor, steps_https,
             steps_deaths, steps_load, steps_readme)
    return [one for part in parts for one in part.STEPS], bench.restore


steps, between = steps_of_package() if (HERE / "packages").exists() else steps_of_installation()
failures = bench.run_steps(steps, (HERE / "only").read_text().strip(), between)
print("all passed" if failures == 0 else f"{failures} steps failed")
(HERE / "status").write_text("passed\n" if failures == 0 else "failed\n")
