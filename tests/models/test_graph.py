import os

import numpy as np
import openvino
import openvino.opset13 as ov
import pytest

from groundswell.errors import ModelError
from models.graph import KERNELS, PRIMITIVES, _look_up_before_scaling, cache_folder, compiled

TABLE = np.random.default_rng(0).integers(-127, 127, (50, 8)).astype(np.int8)


def looked_up(scale, axis=0):
    """A graph that looks up rows of an int8 table after scaling, as quantising writes it."""
    ids = ov.parameter([-1, -1], np.int64, name="ids")
    scaled = ov.multiply(ov.convert(ov.constant(TABLE), "f32"), ov.constant(scale.astype(np.float32)))
    return openvino.Model([ov.gather(scaled, ids, ov.constant(axis))], [ids])


def gathers(graph):
    return [node for node in graph.get_ordered_ops() if node.get_type_name() == "Gather"]


def run(graph, ids):
    return openvino.compile_model(graph, "CPU")([np.array(ids)])[0]


def test_looking_up_before_scaling_gives_the_same_numbers_to_the_last_bit():
    scale, ids = np.linspace(0.001, 0.03, 50)[:, None], [[3, 49, 0], [7, 7, 21]]
    graph = looked_up(scale)
    _look_up_before_scaling(graph)
    assert {node.input_value(0).get_node().get_type_name() for node in gathers(graph)} == {"Constant"}
    assert np.array_equal(run(graph, ids), run(looked_up(scale), ids))


@pytest.mark.parametrize(("shape", "axis"), [((1, 8), 0), ((50, 8), 0), ((50, 1), 1)])
def test_tables_scaled_another_way_stay_as_they_are(shape, axis):
    graph = looked_up(np.full(shape, 0.01), axis)
    _look_up_before_scaling(graph)
    assert [node.input_value(0).get_node().get_type_name() for node in gathers(graph)] == ["Multiply"]


def test_a_missing_and_a_broken_graph_are_named(tmp_path):
    with pytest.raises(ModelError, match=r"reader\.xml is missing"):
        compiled(tmp_path / "reader.xml", 1)
    (tmp_path / "reader.xml").write_text("no graph")
    with pytest.raises(ModelError, match="cannot be read"):
        compiled(tmp_path / "reader.xml", 1)


def test_a_compiled_graph_is_kept_and_a_file_cut_short_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    openvino.save_model(looked_up(np.linspace(0.001, 0.03, 50)[:, None]), tmp_path / "reader.xml")
    first = compiled(tmp_path / "reader.xml", 1)([np.array([[3, 49]])])[0]
    (kept,) = (tmp_path / "cache" / "groundswell").glob("*.blob")
    whole = kept.read_bytes()
    kept.chmod(0o600)
    kept.write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(compiled(tmp_path / "reader.xml", 1)([np.array([[3, 49]])])[0], first)
    assert np.array_equal(compiled(tmp_path / "reader.xml", 1)([np.array([[3, 49]])])[0], first)
    assert len(kept.read_bytes()) == len(whole)


def test_other_weights_under_the_same_names_are_not_taken_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    said = []
    for most in (0.03, 0.05):
        openvino.save_model(looked_up(np.linspace(0.001, most, 50)[:, None]), tmp_path / "reader.xml")
        said.append(compiled(tmp_path / "reader.xml", 1)([np.array([[49]])])[0])
    assert not np.array_equal(*said)


def test_old_graphs_are_removed_and_a_folder_that_cannot_be_made_does_no_harm(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "groundswell").mkdir()
    for name in ("old", "new"):
        (tmp_path / "groundswell" / f"{name}.blob").touch()
    os.utime(tmp_path / "groundswell" / "old.blob", (1e9, 1e9))
    assert cache_folder() == tmp_path / "groundswell"
    assert [kept.name for kept in (tmp_path / "groundswell").iterdir()] == ["new.blob"]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "groundswell" / "new.blob"))
    assert cache_folder() is None


@pytest.mark.parametrize(("said", "kept"), [(None, PRIMITIVES), ("7", "7")])
def test_few_kernels_are_kept_unless_the_user_says_how_many(tmp_path, monkeypatch, said, kept):
    monkeypatch.delenv(KERNELS, raising=False)
    if said:
        monkeypatch.setenv(KERNELS, said)
    openvino.save_model(looked_up(np.linspace(0.001, 0.03, 50)[:, None]), tmp_path / "reader.xml")
    compiled(tmp_path / "reader.xml", 1)
    assert os.environ[KERNELS] == kept
