"""run_all.sh decides what is green: it never loses a failure."""

from __future__ import annotations

import subprocess
import unittest
from pathlib import Path

RUN_ALL = str(Path(__file__).resolve().parent.parent / "run_all.sh")


def run(*arguments: str) -> tuple[int, list[str]]:
    done = subprocess.run([RUN_ALL, *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()


class RunAll(unittest.TestCase):
    def assert_sum(self, commands: list[str], code: int, last_line: str) -> None:
        returned, lines = run("name", "60", *commands)
        self.assertEqual((returned, lines[-1]), (code, last_line))

    def test_counts_are_summed_and_the_exit_code_counts_where_there_are_none(self) -> None:
        self.assert_sum(
            ["a=echo 3 passed, 0 failed, 2 skipped", "b=echo 4 passed, 0 failed", "c=true"],
            0,
            "8 passed, 0 failed, 2 skipped",
        )

    def test_after_a_failure_the_others_still_run(self) -> None:
        self.assert_sum(["a=false", "b=echo 2 passed, 1 failed; exit 1", "c=true"], 1, "3 passed, 2 failed")

    def test_an_exit_code_fails_what_counted_no_failure(self) -> None:
        self.assert_sum(["a=echo 2 passed, 0 failed; exit 3"], 1, "2 passed, 1 failed")

    def test_a_counted_failure_fails_what_exited_with_0(self) -> None:
        self.assert_sum(["a=echo 2 passed, 1 failed"], 1, "2 passed, 1 failed")

    def test_what_is_killed_has_failed(self) -> None:
        self.assert_sum(["a=kill -9 $$"], 1, "0 passed, 1 failed")

    def test_what_outlives_the_budget_is_ended_and_has_failed(self) -> None:
        returned, lines = run("name", "1", "a=echo started; sleep 60")
        self.assertEqual((returned, lines[-1]), (1, "0 passed, 1 failed"))
        self.assertIn("    ended after 1 s", lines)

    def test_output_is_shown_of_failures_alone(self) -> None:
        _, lines = run("name", "60", "a=echo quiet", "b=echo loud; false")
        self.assertIn("    loud", lines)
        self.assertNotIn("    quiet", lines)

    def test_parts_are_summed_without_sums_of_their_own(self) -> None:
        inner = f"{RUN_ALL} inner 60 'a=echo 2 passed, 0 failed' b=false"
        returned, lines = run("--parts", "name", f"one={inner}", "two=exit 2", f"three={inner}")
        self.assertEqual((returned, lines[-1]), (1, "4 passed, 3 failed"))
        self.assertEqual(
            [line for line in lines if "passed" in line and not line.startswith(" ")], lines[-1:]
        )


if __name__ == "__main__":
    unittest.main()
