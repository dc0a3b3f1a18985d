"""Configuration of all tests: a run with a skipped test fails, because that test proves nothing."""

import hypothesis
import pytest

# A slow example is no failure on a busy machine.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail an otherwise successful run that has skipped tests."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report the skipped tests that made the run fail."""
    skipped = len(terminalreporter.stats.get("skipped", ()))
    if skipped:
        terminalreporter.write_line(f"{skipped} skipped: counted as failed", red=True)
