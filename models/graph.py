"""A reader's graph in memory: read, spared the copies nobody needs, compiled; what compiling gave is kept on disk.

Compiling is most of a start, so OpenVINO's own cache keeps its result (43 MB) under the user's cache folder. Its name
holds a hash of the graph and its weights, and a file cut short is compiled anew. Where the folder cannot be written
the graph is compiled every time.
"""

import logging
import os
from pathlib import Path

import openvino
import openvino.opset13 as ov

from groundswell.clock import now
from groundswell.errors import ModelError

log = logging.getLogger(__name__)

KERNELS = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
PRIMITIVES = "32"
"""oneDNN keeps the last 1,024 kernels it made unless told otherwise: 97 MB after 600 posts, for no CPU time saved."""

KEPT_DAYS = 90  # then a compiled graph is removed, used or not: making it again costs a second


def compiled(path: Path, threads: int) -> openvino.CompiledModel:
    """The graph ready to run, `threads` 0 meaning all cores. Raises ModelError where it cannot be read."""
    if not path.exists():
        raise ModelError(f"{path} is missing", "install the package again, or point model.folder at a full export")
    # Kernels kept for every shape of batch took 92 MB after 300 posts and saved no CPU time.
    settings = {"PERFORMANCE_HINT": "THROUGHPUT", "NUM_STREAMS": "1", "CPU_RUNTIME_CACHE_CAPACITY": "0"}
    if threads:
        settings["INFERENCE_NUM_THREADS"] = str(threads)
    cache = cache_folder()
    os.environ.setdefault(KERNELS, PRIMITIVES)  # read once, when the first kernel is made
    try:
        core = openvino.Core()
        graph = core.read_model(path)
        _look_up_before_scaling(graph)
        return core.compile_model(graph, "CPU", settings | ({"CACHE_DIR": str(cache)} if cache else {}))
    except RuntimeError as error:
        raise ModelError(f"{path} cannot be read: {error}", "export the model again") from error


def cache_folder() -> Path | None:
    """Return where compiled graphs are kept, old ones removed; None where nothing can be written."""
    try:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "groundswell"
        folder.mkdir(parents=True, exist_ok=True)
        for kept in folder.glob("*.blob"):
            if now().timestamp() - kept.stat().st_mtime > KEPT_DAYS * 86400:
                kept.unlink(missing_ok=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder is known
        log.info("reader cache=none error=%s", type(error).__name__)
        return None
    return folder if os.access(folder, os.W_OK) else None


def _look_up_before_scaling(graph: openvino.Model) -> None:
    """Turn gather(int8 table x scale) into gather(int8 table) x gather(scale): the same products, only those needed.

    Compiling folds the former into a float table, four times the size of the file's: 74 MB for 48,068 words.
    """
    for node in graph.get_ordered_ops():
        scaled = node.input_value(0).get_node() if node.get_type_name() == "Gather" else None
        if scaled is None or scaled.get_type_name() != "Multiply" or node.get_attributes().get("batch_dims"):
            continue
        converted, scale = (scaled.input_value(i).get_node() for i in (0, 1))
        ids, axis = node.input_value(1), node.input_value(2)
        if converted.get_type_name() != "Convert" or not _are_constants(scale, axis.get_node()):
            continue
        table = converted.input_value(0)
        is_by_row = list(scale.shape) == [table.shape[0], 1] and not axis.get_node().data.any()
        if not _are_constants(table.get_node()) or not is_by_row:
            continue
        wide = ov.convert(ov.gather(table, ids, axis), converted.get_output_element_type(0).to_string())
        node.output(0).replace(ov.multiply(wide, ov.gather(scale, ids, axis)).output(0))
    graph.validate_nodes_and_infer_types()


def _are_constants(*nodes: openvino.Node) -> bool:
    return all(node.get_type_name() == "Constant" for node in nodes)
