"""The benchmark compares the same objects, and its plot shows every way."""

from tests.bench import hosts, plot, ways
from tests.corpora.policy import POLICY, gate
from tests.lab.identity import Lab
from tests.unit.role_code import module_util

render = module_util("host_manifests", "render")
LAB = Lab("test")


def test_other_ways_send_what_apply_sends():
    """Our render and gate make the objects that kubectl gets, all eight of them."""
    host = hosts.variables(LAB, 3, "a: b", "0" * 64)
    (text,) = render.render([{"name": "web", "text": hosts.manifest(8)}], host)
    names = {"namespace": "host-bench-3", "hosts": ["bench-3.mint-cloud.test"]}
    found, problems = gate.check_text(text, POLICY | names)
    assert [problem.as_row() for problem in problems] == []
    assert found == hosts.objects(LAB, 3, "a: b") and len(found) == 8


def test_another_greeting_changes_every_document():
    """Else a round would measure writes that change nothing."""
    before, after = hosts.objects(LAB, 0, "one"), hosts.objects(LAB, 0, "two")
    assert all(one != two for one, two in zip(before, after, strict=True))


def test_the_plot_shows_every_way_and_its_ratio():
    """One bar each, the longest within the picture."""
    rows = [
        {
            "hosts": 1,
            "delay": 0,
            "way": way,
            "wall": number + 1.0,
            "ratio": number + 1.0,
        }
        for number, way in enumerate(ways.WAYS)
    ]
    drawn = plot.bars(rows)
    assert drawn.count("<rect x=") == len(ways.WAYS)
    assert all(way in drawn for way in ways.WAYS) and "(×5.00)" in drawn


def test_the_time_of_a_task_is_read_from_the_output():
    """Seconds between its start and its end, whatever stands before the JSON."""
    duration = {"start": "2026-01-01T00:00:01Z", "end": "2026-01-01T00:00:03.5Z"}
    task = {"name": "host_manifests : apply | Apply the objects", "duration": duration}
    told = '[WARNING]: x\n{"plays": [{"tasks": [{"task": %s}]}]}'
    output = told % str(task).replace("'", '"')
    figures = ways.Figures(1, 1, 1, output)
    assert ways.seconds_of(figures, "Apply the objects") == 2.5
