"""Makes cases.json: what LiteRT's TFLite_Detection_PostProcess answers for small inputs, in each of its modes.

    pip install ai-edge-litert flatbuffers numpy && python make.py > cases.json
"""
import json
import sys

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
import flatbuffers
from flatbuffers import flexbuffers


def model(anchors, columns, options):
    """A model of the one operation, with the anchors as a constant."""
    n = len(anchors)
    out = schema.ModelT()
    out.version = 3
    code = schema.OperatorCodeT()
    code.deprecatedBuiltinCode = code.builtinCode = schema.BuiltinOperator.CUSTOM
    code.customCode = b"TFLite_Detection_PostProcess"
    code.version = 1
    out.operatorCodes = [code]
    empty, data = schema.BufferT(), schema.BufferT()
    data.data = np.frombuffer(anchors.astype(np.float32).tobytes(), np.uint8)
    out.buffers = [empty, data]
    m = options["max_detections"] * options["max_classes_per_detection"]
    tensors = []
    for name, shape, buffer in [
            ("loc", [1, n, 4], 0), ("conf", [1, n, columns], 0), ("anchors", [n, 4], 1),
            ("boxes", [1, m, 4], 0), ("classes", [1, m], 0), ("scores", [1, m], 0), ("count", [1], 0)]:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name.encode(), shape, buffer
        tensor.type = schema.TensorType.FLOAT32
        tensors.append(tensor)
    operator = schema.OperatorT()
    operator.opcodeIndex = 0
    operator.inputs, operator.outputs = [0, 1, 2], [3, 4, 5, 6]
    fbb = flexbuffers.Builder()
    with fbb.Map():
        for key, value in options.items():
            fbb.Key(key)
            {bool: fbb.Bool, int: fbb.Int, float: fbb.Float}[type(value)](value)
    operator.customOptions = np.frombuffer(fbb.Finish(), np.uint8)
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = tensors, [operator]
    graph.inputs, graph.outputs = [0, 1], [3, 4, 5, 6]
    out.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(out.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def case(name, rng, n, columns, coarse, **changes):
    options = {
        "max_detections": 8, "max_classes_per_detection": 1, "detections_per_class": 100, "use_regular_nms": False,
        "nms_score_threshold": 0.3, "nms_iou_threshold": 0.6, "num_classes": columns - 1,
        "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0}
    options.update(changes)
    anchors = np.concatenate([rng.uniform(0, 1, (n, 2)), rng.uniform(0.2, 0.6, (n, 2))], 1).astype(np.float32)
    loc = rng.normal(0, 1.5, (1, n, 4)).astype(np.float32)
    conf = rng.uniform(0, 1, (1, n, columns)) ** 2
    # As quantized models give them: multiples of 1/256, hence ties.
    conf = (np.round(conf * 256) / 256 if coarse else conf).astype(np.float32)
    interpreter = Interpreter(model_content=model(anchors, columns, options))
    interpreter.allocate_tensors()
    inputs = {d["name"]: d["index"] for d in interpreter.get_input_details()}
    interpreter.set_tensor(inputs["loc"], loc)
    interpreter.set_tensor(inputs["conf"], conf)
    interpreter.invoke()
    outputs = {d["name"]: interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()}
    m = int(outputs["count"][0]) * (1 if options["use_regular_nms"] else options["max_classes_per_detection"])
    return {
        "name": name, "columns": columns, "options": options, "anchors_yxhw": floats(anchors), "loc": floats(loc),
        "conf": floats(conf), "boxes_yxyx": floats(outputs["boxes"][0][:m]),
        "classes": [int(c) for c in outputs["classes"][0][:m]], "scores": floats(outputs["scores"][0][:m])}


def floats(array):
    return [float(str(x)) for x in np.asarray(array, np.float32).ravel()]


rng = np.random.default_rng(1)
cases = [
    case("fast", rng, 24, 7, False),
    case("fast, ties", rng, 24, 7, True),
    case("fast, several classes", rng, 24, 7, False, max_classes_per_detection=3),
    case("fast, no background", rng, 24, 6, False, num_classes=6),
    case("fast, low threshold", rng, 24, 4, True, nms_score_threshold=1e-8, max_detections=30),
    case("regular", rng, 24, 7, False, use_regular_nms=True),
    case("regular, few of a class", rng, 24, 4, False, use_regular_nms=True, detections_per_class=2, max_detections=30),
    case("regular, no background", rng, 24, 5, False, use_regular_nms=True, num_classes=5, max_detections=20),
    case("other scales", rng, 24, 5, False, y_scale=5.0, x_scale=8.0, h_scale=3.0, w_scale=7.0, nms_iou_threshold=0.3),
]
lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
sys.stdout.write("[\n" + lines + "\n]\n")
