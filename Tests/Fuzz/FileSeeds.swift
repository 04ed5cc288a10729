import Foundation
import Serving
import TestSupport
import Training

/// The inputs that the fuzzers of files start from: whole ones, and those that once did harm.
enum FileSeeds {
    /// One that says all of the detector of eight boxes that it is held against, and parts.
    static let sidecars = [
        """
        {"labels": [null, "cat"], "preprocessing": {"width": 2, "height": 2, "channel_order": "bgr", "mean": [1, 2, 3],
        "scale": 0.5}, "default_boxes": {"image_width": 2, "image_height": 2, "clip": "corners", "maps": [{"rows": 2,
        "columns": 2, "step_x": 1, "step_y": 1.5, "minimum_sizes": [1], "shapes": [[1, 2]], "offset": 0.25}]},
        "box_coder": {"divisors": [10, 10, 5, 5], "order": "yxhw", "sizes": "linear", "maximum_log_scale": 4},
        "detection_output": {"activation": "sigmoid", "background_index": 0, "score_threshold": 0.1, "iou_threshold": 0.5,
        "candidates_per_class": 9, "detections_per_class": 5, "max_detections": 7, "classes_per_detection": 1, "clip": "never",
        "threshold_is_inclusive": true}}
        """,
        #"{"outputs": {"locations": "a", "scores": "b"}, "preprocessing": {"scale": [1, 1, 1], "bias": 0}}"#,
        #"{"default_boxes": {"boxes": [[0, 0, 1, 1], [0.5, 0.5, 0.25, 1e3]]}, "labels": ["a", "b"]}"#,
        #"{"detection_output": {"background_index": null}, "labels": ["a", "b"]}"#,
    ]

    /// An archive of each format, tensors without elements that lie nowhere, steps that are never taken, shared storages, a
    /// pickle that remembers all it sees.
    static var torch: [[UInt8]] {
        typealias Tensor = TorchWriter.Tensor
        let whole = TorchWriter(tensors: [
            Tensor("a.weight", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]), Tensor("a.bias", [2], [7, 8]),
            Tensor("b", [4], storage: "HalfStorage", data: [0, 1, 2, 3, 4, 5, 6, 7]),
            Tensor("c", [1], storage: "DoubleStorage", data: [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
            Tensor("n", [], storage: "LongStorage", data: [0, 0, 0, 0, 0, 0, 0, 0]),
        ])
        let far = TorchWriter(tensors: [Tensor("a", [0], data: [], offset: 1 << 62, strides: [1])])
        let steps = TorchWriter(tensors: [
            Tensor("a", [1, 3], data: [UInt8](repeating: 1, count: 12), strides: [1 << 62, 1]),
            Tensor("b", [2, 1], data: [UInt8](repeating: 1, count: 8), strides: [1, 1 << 62]),
        ])
        let vast = TorchWriter(tensors: [
            Tensor("a", [0, 1 << 40, 1 << 40], data: [], count: 0, strides: [0, 0, 0])
        ])
        var remembering = PickleWriter()
        remembering.operation("}")
        for _ in 0..<2000 { remembering.raw([0x94]) }
        return [
            whole.archive(), whole.archive(inside: "state_dict"), whole.archive(isDeflated: true), whole.legacy(),
            far.archive(), far.legacy(),
            steps.archive(), vast.archive(), TorchWriter.zip([("a/data.pkl", remembering.finished())]),
        ]
    }

    static let labels = [
        "???\nperson\nbicycle\n", "background\r\na\r\nb\r\n???\r\nc\r\n", "\u{FEFF}dog \n cat\n\n", "a\u{1B}[31m\n",
        "a\u{202E}b\n\u{E9}\ne\u{301}\n", "ß\nSS\n",
    ]

    static let yoloLabels = [
        "0 0.5 0.25 0.5 0.125\n", "1 .1 .2 .3 .4 0.93\r\n\n2.0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9\n",
        "0 0.5 0.5 1 1 0.2 0.2 2 0.4 0.4 1\n", "3 1e-3 -0.5 2 5e8\n",
    ]

    static let yoloDescriptions = [
        "path: ../data\ntrain: images/train\nval: [a, b]\ntest:\nnc: 2\nnames: ['cat', \"dog\"]\n",
        "names:\n  0: cat\n  2: dog\ntrain: train.txt # all\nkpt_shape: [17, 3]\ndownload: |\n  x = [1]\n",
        "---\na: &a [x]\nb: *a\nnames: {0: !!str 1}\n...\n", "names:\n- a\n-   b\n? c\n: d\n",
    ]

    static let annotations = [
        """
        <annotation><folder>VOC</folder><size><width>500</width><height>375</height><depth>3</depth></size>
        <object><name>dog &amp; cat</name><difficult>1</difficult>
        <bndbox><xmin>1</xmin><ymin>2.5</ymin><xmax>30</xmax><ymax>4e1</ymax></bndbox></object></annotation>
        """,
        """
        <?xml version="1.0"?><!-- a --><annotation verified='yes'><object><name><![CDATA[a<b]]>&#65;&#x42;</name>
        <bndbox><xmin>-1e308</xmin><ymin>-1e308</ymin><xmax>1e308</xmax><ymax>1e308</ymax></bndbox></object><a/>
        </annotation>
        """,
        "<annotation><size><width>65536</width><height>9223372036854775808</height></size></annotation>",
    ]

    static let instances = [
        """
        {"images":[{"id":1,"file_name":"a/b.jpg","width":640,"height":480}],"categories":[{"id":3,"name":"dog"}],
        "annotations":[{"id":7,"image_id":1,"category_id":3,"bbox":[1,2,30.5,4],"area":12.5,"iscrowd":1},
        {"id":8,"image_id":1,"category_id":3,"bbox":[0,0,1e308,1e308],"area":1}]}
        """,
        """
        {"images":[{"id":-9223372036854775808,"file_name":"a","width":1,"height":65536}],"categories":[{"id":9223372036854775807,
        "name":""}],"annotations":[{"id":0,"image_id":-9223372036854775808,"category_id":9223372036854775807,
        "bbox":[-1e300,-1e300,1.7e308,1.7e-308],"area":0}]}
        """,
        #"[{"image_id":1,"category_id":3,"bbox":[1,2,3,4],"score":0.5},{"image_id":1,"category_id":3,"bbox":[0,0,0,0],"score":-1e308}]"#,
        #"{"annotations":[{"image_id":1,"category_id":3,"bbox":[0.1,2e-7,3,4],"score":1}]}"#,
    ]

    static let settings = [
        "port: 8080\nmax-queue: 64 # photos\n# comment\nlisten: \"127.0.0.1:80,[::1]:80\"\n",
        "---\nrate-limit: 10/s\r\ntrusted-proxies: '10.0.0.0/8,::1,unix'\r\n...\n",
        "rate-limit: 9223372036854775807/s\n",
        "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "a: [[[[[[[[[[[[[[[[\n", "a: !!int 5\nb: |\n  text\n",
        "max-queue: 1\nmax-queue: 2\n",
    ]

    /// A whole one, one whose tensors share bytes, one at the last step that an integer can count.
    static var checkpoints: [[UInt8]] {
        let parameters = [
            TrainingParameter(name: "a.weight", shape: [2, 1, 1, 2], treatment: .weight, values: [1.5, -0.0, 2, 3]),
            TrainingParameter(name: "a.mean", shape: [2], treatment: .statistic, values: [0.1, 0.2]),
        ]
        let whole = TrainingState(
            step: 12, parameters: parameters,
            optimizer: Optimizer(.momentum, parameters: parameters, momentum: 0.9, weightDecay: 0.000_5),
            average: ExponentialMovingAverage(parameters: parameters, decay: 0.7))
        var plain = whole
        plain.average = nil
        let bytes = [UInt8](Checkpoint.bytes(of: plain))
        func changed(_ old: String, _ new: String) -> [UInt8] {
            let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let header = String(decoding: bytes[8..<8 + length], as: UTF8.self).replacingOccurrences(of: old, with: new)
            return little(UInt64(header.utf8.count)) + Array(header.utf8) + bytes[(8 + length)...]
        }
        return [
            [UInt8](Checkpoint.bytes(of: whole)), bytes, changed(#""step":"12""#, #""step":"9223372036854775807""#),
            changed("[2,1,1,2]", "[0,4611686018427387904,4]"), changed(#""data_offsets":[16,"#, #""data_offsets":[0,"#),
        ]
    }

    /// One member, two, and one that becomes a hundred times as large.
    static var compressed: [[UInt8]] {
        let text = [UInt8](repeating: 65, count: 2000)
        let one = Gzip.compress(text, level: 6) ?? []
        let large = Gzip.compress([UInt8](repeating: 0, count: 1 << 17), level: 9) ?? []
        return [one, one + one, large, one.dropLast(), one + [0]]
    }

    /// Files that are packed and not, with a comment, and one of a thousand times its size.
    static var archives: [[UInt8]] {
        var mixed = ZipWriter([
            .init("data.pkl", [UInt8](repeating: 66, count: 300)), .init("a/data/0", [1, 2, 3]), .init("empty", []),
        ])
        mixed.files[1].isPacked = false
        mixed.comment = Array("PK\u{5}\u{6}".utf8)
        let bomb = ZipWriter([.init("zeros", [UInt8](repeating: 0, count: 1 << 20))])
        return [mixed.archive, bomb.archive, TorchWriter.zip([("a/b", [1, 2])]), ZipWriter([]).archive]
    }
}
