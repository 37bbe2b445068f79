"""A figure beside what it has to be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass
class Finding:
    """goal: "<= 48", ">= 1.5", or empty when nothing is asked of it."""

    name: str
    figure: float
    unit: str
    goal: str = ""

    def met(self) -> bool:
        """True also without a goal."""
        if not self.goal:
            return True
        relation, target = self.goal.split()
        return self.figure <= float(target) if relation == "<=" else self.figure >= float(target)


def print_findings(findings: Sequence[Finding], as_json: bool) -> None:
    """A line each."""
    width = max([64, *(len(finding.name) for finding in findings)])
    for finding in findings:
        if as_json:
            print(json.dumps(asdict(finding) | {"met": finding.met()}))
            continue
        verdict = f"  {finding.goal} {'pass' if finding.met() else 'MISS'}" if finding.goal else ""
        print(f"{finding.name:{width}}{finding.figure:12.3f} {finding.unit:24}{verdict}")
