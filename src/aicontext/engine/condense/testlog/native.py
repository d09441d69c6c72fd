"""Cargo's test harness and nextest; TAP; .NET's VSTest."""

from __future__ import annotations

from aicontext.engine.condense.testlog.grammar import Grammar

CARGO = Grammar.of(
    "test result: ",
    " ... FAILED\n",
    report=r"---- (\S.*?)(?: stdout| stderr)? ----\s*\Z",
    total=r"test result: |error: test failed|error: \d+ targets? failed",
    close=r"failures:\s*\Z|successes:\s*\Z",
    file=r"\s+(?:Running|Doc-tests) (\S+(?: \S+\.rs)?)",
    passed=r"test \S.* \.\.\. ok\s*\Z",
    skipped=r"test \S.* \.\.\. ignored",
    failed=r"test (\S+)(?: - should panic)? \.\.\. FAILED\s*\Z",
    quiet=r"running \d+ tests?\s*\Z",
)
NEXTEST = Grammar.of(
    " tests run: ",
    report=r"\s*-{3,} (?:STDOUT|STDERR|TRY \d+ \w+): +(\S.*?) +-{3,}\s*\Z",
    total=r"\s+Summary \[",
    passed=r"\s+PASS \[",
    skipped=r"\s+SKIP \[",
    failed=r"\s+(?:FAIL|SIGABRT|SIGSEGV|TIMEOUT|ABORT) \[[^\]]{1,40}\] +(?:\(\S+\) )?(\S.*?)\s*\Z",
    quiet=r"\s+(?:Starting|Canceling|Cancelling) ",
)
TAP = Grammar.of(
    "\nnot ok ",
    "\nok 1",
    "TAP version",
    report=r"\s*not ok \d+ (?:- )?((?!.*# (?:TODO|SKIP)).*?)\s*\Z",
    skipped=r"\s*(?:ok|not ok) \d+ .*# (?:SKIP|TODO)",
    passed=r"\s*ok \d+\b",
    total=r"# (?:tests|pass|fail|ok|failed|passed)\b",
    close=r"\s*\d+\.\.\d+|Bail out!",
)
DOTNET = Grammar.of(
    "Failed!  - ",
    "Total tests: ",
    report=r"\s+(?:\[xUnit.net .{1,20}\]\s+)?Failed (\S.*?)(?: \[[^\]]{1,20}\])?\s*\Z",
    passed=r"\s+Passed \S.*\]\s*\Z",
    skipped=r"\s+Skipped \S.*\]\s*\Z",
    total=r"(?:Failed|Passed)!\s+- |Total tests: |\s+(?:Passed|Failed|Skipped): +\d+\s*\Z",
)
