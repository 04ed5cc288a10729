extension LabelMap {
    /// Pascal VOC's twenty classes after the background, in the order of every published VOC model.
    public static let pascalVOC = LabelMap(
        table: """
            aeroplane,bicycle,bird,boat,bottle,bus,car,cat,chair,cow,diningtable,dog,horse,motorbike,person,pottedplant,\
            sheep,sofa,train,tvmonitor
            """, compact: true)

    /// COCO's eighty classes under their original numbers 1...90, ten of which no object has: torchvision, TensorFlow.
    public static let coco = LabelMap(table: cocoTable, compact: false)

    /// COCO's eighty classes numbered 1...80: Caffe, ssd.pytorch.
    public static let cocoContiguous = LabelMap(table: cocoTable, compact: true)

    /// The classes of published models that score so many, background counted; nil where none are known.
    public static func known(classCount: Int) -> LabelMap? {
        [pascalVOC, coco, cocoContiguous].first { $0.count == classCount }
    }

    /// The name of each number from 1; nothing where a number is unused.
    private static let cocoTable = """
        person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,,stop sign,parking meter,\
        bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,,backpack,umbrella,,,handbag,tie,suitcase,frisbee,\
        skis,snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,,wine glass,\
        cup,fork,knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,\
        potted plant,bed,,dining table,,,toilet,,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,\
        refrigerator,,book,clock,vase,scissors,teddy bear,hair drier,toothbrush
        """

    private init(table: String, compact: Bool) {
        let entries = table.split(separator: ",", omittingEmptySubsequences: compact)
        do {
            try self.init(names: [nil] + entries.map { $0.isEmpty ? nil : String($0) }, hasBackground: true)
        } catch {
            preconditionFailure("a table of this file is wrong: \(error)")
        }
    }
}
