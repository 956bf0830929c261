import numpy as np
import openvino
import openvino.opset13 as ov
import pytest

from groundswell.errors import ModelError
from models.graph import _look_up_before_scaling, compiled

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
