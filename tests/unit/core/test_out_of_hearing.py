"""While nobody can be heard, nobody is silent: the broker is away, or the collector itself stood still."""

from tests.unit.core.classify_scene import Scene, seconds


def test_a_broker_out_of_reach_is_nobodys_silence() -> None:
    scene = Scene()
    scene.born()
    scene.born("s:pc2")
    scene.died("s:pc2")
    scene.wait(10)
    scene.keep(scene.classifier.see(connected=False, now=scene.now))
    scene.wait(3600)
    assert scene.verdicts == [("monitoring-ill", 3)]
    scene.keep(scene.classifier.see(connected=True, now=scene.now))
    scene.wait(19)
    assert scene.verdicts == [("monitoring-ill", 3)]
    scene.wait(1)
    assert scene.verdicts == [("monitoring-ill", 3), ("agent-silent", 1)]  # the one that had died before
    scene.wait(39)
    assert len(scene.verdicts) == 2
    scene.wait(1)
    assert scene.verdicts == [("agent-silent", 1)] * 2  # the other has not come back either; we are well again


def test_a_collector_that_was_held_up_takes_nobody_for_silent() -> None:
    """Stopped with its machine, or behind a disk that refused; what had died before still counts."""
    scene = Scene()
    scene.born()
    scene.holds("m", 1.0, 60)
    scene.born("s:pc2")
    scene.died("s:pc2")
    scene.now += seconds(3600)
    scene.keep(scene.classifier.see(connected=True, now=scene.now))
    assert (scene.verdicts, scene.state(), scene.state("s:pc2")) == ([], "ok", "ok pending")
    scene.wait(29)
    assert scene.verdicts == []
    scene.wait(1)
    assert scene.verdicts == [("agent-silent", 1)]  # the one that had died before
    scene.holds("m", 1.0, 300)
    assert scene.verdicts == [("agent-silent", 1)]
