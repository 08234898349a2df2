"""The Markdown writer, the page's markers, the results file, and what is read from the external set's README."""

import math
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import docs
import table
from environments import ROOT
from recordings import marked_good
from results import Results

MACHINE = {"processor": "Xeon", "cores": 2, "memory_gb": 24, "system": "Debian 12, Linux 6", "nice": 0}


def scored(tp: int, fn: int, fp: int) -> dict:
    """As score.py --csv writes it: text."""
    told = {"tp": tp, "fn": fn, "fp": fp, "precision": tp / (tp + fp) if tp + fp else math.nan, "recall": tp / (tp + fn)}
    told["f1"] = 2 * tp / (2 * tp + fn + fp)
    return {key: str(value) for key, value in told.items()}


def measured(cpu_s: float, seconds: float, peak_mb: float) -> dict:
    return {"cpu_s": cpu_s, "seconds": seconds, "peak_mb": peak_mb, "wall_s": cpu_s, "machine_busy": 0.5}


class Rows(unittest.TestCase):
    def setUp(self):
        scores = {
            "road": scored(27, 3, 1),
            "intel_car_detection": scored(0, 4, 0),
            "TOTAL": scored(27, 7, 1),
        }
        both = {"road": measured(3.0, 10.0, 180.5), "intel_car_detection": measured(1.0, 30.0, 200.2)}
        self.peer = table.row("yolox", "the peer", both, scores, measured(3.0, 60.0, 150.0))
        self.own = table.row("lotcount", "ours", {name: dict(one, cpu_s=0.1) for name, one in both.items()}, scores, measured(0.6, 60.0, 90.0))

    def test_cost_is_of_all_seconds_and_memory_of_the_worst_recording(self):
        self.assertAlmostEqual(self.peer.cost_ms, 100.0)
        self.assertAlmostEqual(self.peer.peak_mb, 200.2)

    def test_the_view_from_above_is_left_out_of_one_column(self):
        self.assertAlmostEqual(self.peer.f1, 54 / 62)
        self.assertAlmostEqual(self.peer.f1_oblique, 54 / 58)

    def test_one_line_for_each_row_with_its_multiple_of_lotcount(self):
        lines = table.table([self.peer, self.own]).splitlines()
        self.assertEqual(len(lines), 4)
        self.assertEqual({line.count("|") for line in lines}, {len(table.HEADER) + 1})
        self.assertEqual(lines[2], "| the peer | 0.871 | 0.964 | 0.794 | 0.931 | 100 | 20.0 | 20 | 50.0 | 5.0 | 40 | 200 |")
        self.assertEqual(lines[3], "| ours | 0.871 | 0.964 | 0.794 | 0.931 | 5.0 | 1.0 | 400 | 10.0 | 1.0 | 200 | 200 |")

    def test_a_row_that_was_not_measured_at_the_gate_says_nothing_of_it(self):
        self.assertEqual(table.costs(None, 10.0), ["", "", ""])

    def test_without_lotcount_there_is_no_multiple(self):
        self.assertEqual(table.table([self.peer]).splitlines()[2].split("|")[7].strip(), "")

    def test_what_was_left_out_is_said(self):
        text = table.markdown(MACHINE, [self.peer, self.own], ["road"], ["gate: left out, unknown key"])
        self.assertIn("\n- gate: left out, unknown key\n", text)
        self.assertIn("Xeon, 2 cores (2 used), 24 GB", text)
        self.assertIn("busy for 50% of its time", text)
        self.assertIn("| road | 0.931 | 0.931 |", text)

    def test_a_pipeline_that_found_nothing_has_no_precision(self):
        scores = {"road": scored(0, 4, 0), "TOTAL": scored(0, 4, 0)}
        blind = table.row("blind", "blind", {"road": measured(1.0, 10.0, 1.0)}, scores)
        self.assertIn("| blind | 0.000 | - | 0.000 |", table.table([blind]))


class Page(unittest.TestCase):
    PAGE = "# Cost\n<!-- bench-peers: table -->\nold\n<!-- end of table -->\nafter\n"

    def test_only_what_is_between_the_markers_changes(self):
        page = docs.replaced(self.PAGE, "table", "| new |\n")
        self.assertEqual(page, "# Cost\n<!-- bench-peers: table -->\n| new |\n<!-- end of table -->\nafter\n")
        self.assertEqual(docs.replaced(page, "table", "| new |"), page)

    def test_a_page_without_its_markers_is_refused(self):
        for page in ["", self.PAGE + self.PAGE, self.PAGE.replace("<!-- end of table -->", "")]:
            with self.assertRaises(docs.MarkerMissing):
                docs.replaced(page, "table", "new")

    def test_the_page_itself_has_both_places(self):
        page = docs.PAGE.read_text()
        for name in ["table", "curves"]:
            self.assertIn("text in place", docs.replaced(page, name, "text in place"))
        self.assertTrue((ROOT / "docs" / "performance.md").samefile(docs.PAGE))


class Going(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "new" / "results.json"

    def test_a_run_goes_on_where_it_was(self):
        first = Results(self.path)
        first.machine = MACHINE
        first.add("yolox", "road", {"of": "v1", "cpu_s": 1.0})
        second = Results(self.path)
        self.assertTrue(second.has("yolox", "road", "v1"))
        self.assertFalse(second.has("yolox", "road", "v2"))
        self.assertFalse(second.has("yolox", "lane", "v1"))
        self.assertEqual(second.machine, MACHINE)

    def test_a_row_that_is_left_out_comes_back_when_it_is_measured(self):
        results = Results(self.path)
        results.add("no-gate", "road", {"of": "v1"})
        results.leave_out("no-gate", "unknown key")
        self.assertFalse(Results(self.path).has("no-gate", "road", "v1"))
        results.add("no-gate", "road", {"of": "v2"})
        self.assertEqual(Results(self.path).left_out, {})


class ExternalSet(unittest.TestCase):
    def test_only_rows_that_end_in_good_are_taken(self):
        readme = (
            "| clip | vehicles | view | use | mark |\n|---|---|---|---|---|\n"
            "| intel_car.mp4 768x432 12.5 fps | 4 | a good view | train | good |\n"
            "| drake_9.mp4 352x288 25 | 15 | NIGHT | evaluate-only | hard |\n"
            "| bgs_video03.avi 320x240 60 | 27 | road | train | good |\n"
        )
        self.assertEqual(marked_good(readme), {"intel_car", "bgs_video03"})


if __name__ == "__main__":
    unittest.main()
