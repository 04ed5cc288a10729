/// Reads a pickle as data: a stack machine for the few operations that a dictionary of tensors is made of. Nothing is
/// imported, called or built; a pickle that asks for anything else is refused (Python's `pickletools` documents the
/// operations).
///
/// Its work is linear in the bytes read, and its memory bounded: every element of a container, copies counted, is paid for
/// out of `maximumElements`, every value that is remembered out of `maximumMemos`.
struct PickleMachine {
    /// The longest pickle, in bytes; that of torchvision's SSDLite has 79 KB.
    static let maximumBytes = 8 << 20
    /// The most elements of all containers together; an entry of a dictionary counts as two. A checkpoint of a thousand
    /// tensors with its optimizer's state has 60,000.
    static let maximumElements = 1 << 19
    /// The most values that a pickle remembers.
    static let maximumMemos = 1 << 18
    /// The most containers, storages and tensors together.
    static let maximumObjects = 1 << 18
    /// The most values on the stack.
    static let maximumDepth = 1 << 16
    /// The longest name of a class or function, in bytes.
    static let maximumNameBytes = 256

    private(set) var sequences: [[PickleValue]] = []
    private(set) var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    private(set) var storages: [TorchStorage] = []
    private(set) var views: [TorchView] = []

    private let bytes: [UInt8]
    /// The next byte to read.
    private(set) var position: Int
    private let end: Int

    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var storageOfKey: [String: Int] = [:]
    private var elements = 0

    /// A machine for pickles in a range of a file.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    /// Reads one pickle, up to its STOP; what it made is in the machine's tables.
    mutating func next() throws(ModelFileError) -> PickleValue {
        stack = []
        marks = []
        memo = [:]
        let limit = position + Self.maximumBytes
        while true {
            guard position < limit else { throw malformed("its pickle is longer than \(Self.maximumBytes) bytes") }
            let operation = try byte()
            if operation == 0x2E {  // STOP
                let result = try pop()
                guard stack.isEmpty, marks.isEmpty else { throw malformed("its pickle ends with values left over") }
                return result
            }
            try execute(operation)
        }
    }

    // MARK: Operations

    private mutating func execute(_ operation: UInt8) throws(ModelFileError) {
        switch operation {
        case 0x80:  // PROTO
            let version = try byte()
            guard (2...5).contains(version) else { throw malformed("its pickle has protocol \(version)") }
        case 0x95: _ = try take(8)  // FRAME
        case 0x28:  // MARK
            guard marks.count < Self.maximumDepth else { throw malformed("its pickle is nested too deeply") }
            marks.append(stack.count)
        case 0x4E: try push(.none)  // NONE
        case 0x88: try push(.bool(true))  // NEWTRUE
        case 0x89: try push(.bool(false))  // NEWFALSE
        case 0x4B: try push(.integer(Int(byte())))  // BININT1
        case 0x4D: try push(.integer(number(2)))  // BININT2
        case 0x4A: try push(.integer(Int(Int32(truncatingIfNeeded: number(4)))))  // BININT
        case 0x8A: try push(long(Int(byte())))  // LONG1
        case 0x47:  // BINFLOAT
            let bits = bytes[try take(8)].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            try push(.real(Double(bitPattern: bits)))
        case 0x8C, 0x55: try push(text(Int(byte())))  // SHORT_BINUNICODE, SHORT_BINSTRING
        case 0x58, 0x54: try push(text(number(4)))  // BINUNICODE, BINSTRING
        case 0x5D, 0x29: try push(sequence([]))  // EMPTY_LIST, EMPTY_TUPLE
        case 0x7D: try push(dictionary())  // EMPTY_DICT
        case 0x85...0x87: try push(sequence(pop(Int(operation) - 0x84)))  // TUPLE1, TUPLE2, TUPLE3
        case 0x74: try push(sequence(popMark()))  // TUPLE
        case 0x61: try append(pop(1))  // APPEND
        case 0x65: try append(popMark())  // APPENDS
        case 0x73: try setItems(pop(2))  // SETITEM
        case 0x75: try setItems(popMark())  // SETITEMS
        case 0x71: try remember(Int(byte()))  // BINPUT
        case 0x72: try remember(number(4))  // LONG_BINPUT
        case 0x94: try remember(memo.count)  // MEMOIZE
        case 0x68: try recall(Int(byte()))  // BINGET
        case 0x6A: try recall(number(4))  // LONG_BINGET
        case 0x63:  // GLOBAL
            let module = try line()
            try push(global(module, line()))
        case 0x93:  // STACK_GLOBAL
            let names = try pop(2)
            guard case .text(let module) = names[0], case .text(let name) = names[1] else {
                throw malformed("its pickle names a class by something else than texts")
            }
            try push(global(module, name))
        case 0x52:  // REDUCE
            let arguments = try pop()
            try push(reduce(pop(), arguments))
        case 0x62:  // BUILD: the attributes of a dictionary, PyTorch's `_metadata`, say nothing about the weights
            _ = try pop()
            guard case .dictionary = stack.last else { throw malformed("its pickle builds what is no dictionary") }
        case 0x51: try push(persistent(pop()))  // BINPERSID
        default:
            throw .unsafePickle(what: "operation 0x" + String(operation, radix: 16, uppercase: true))
        }
    }

    /// What calling a global would make.
    private mutating func reduce(
        _ callee: PickleValue, _ arguments: PickleValue
    ) throws(ModelFileError) -> PickleValue {
        guard case .global(let global) = callee, case .sequence(let index) = arguments else {
            throw malformed("its pickle calls what is no function")
        }
        let arguments = sequences[index]
        switch global {
        case .orderedDictionary:
            let result = try dictionary()
            // Python 2 wrote the items as a list of pairs.
            if case .sequence(let items)? = arguments.first {
                for item in sequences[items] {
                    guard case .sequence(let pair) = item, sequences[pair].count == 2 else {
                        throw malformed("its pickle makes a dictionary of what are no pairs")
                    }
                    try set(result, sequences[pair][0], sequences[pair][1])
                }
            }
            return result
        case .rebuildParameter:
            guard case .tensor? = arguments.first else { throw malformed("its pickle has a parameter without tensor") }
            return arguments[0]
        case .rebuildTensor:
            guard arguments.count >= 4, case .storage(let storage) = arguments[0],
                case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
                let strides = integers(arguments[3])
            else { throw malformed("its pickle has a tensor without storage, shape or strides") }
            let view = TorchView(storage: storage, offset: offset, shape: shape, strides: strides)
            if let problem = view.problem(count: storages[storage].count) {
                throw malformed("a tensor of shape \(shape) is not possible: \(problem)")
            }
            try countObject()
            views.append(view)
            return .tensor(views.count - 1)
        case .storage: throw malformed("its pickle calls a storage")
        }
    }

    /// The storage of a persistent identifier: ("storage", class, key, location, elements), and in the older format the
    /// place of a storage inside another.
    private mutating func persistent(_ identifier: PickleValue) throws(ModelFileError) -> PickleValue {
        guard case .sequence(let index) = identifier, (5...6).contains(sequences[index].count),
            case .text("storage") = sequences[index][0], case .global(.storage(let element)) = sequences[index][1],
            case .text(let key) = sequences[index][2], case .integer(let count) = sequences[index][4], count >= 0
        else { throw malformed("its pickle refers to what is no storage") }
        guard sequences[index].count == 5 || sequences[index][5] == .none else {
            throw .unsupportedNetwork(reason: "its tensors share storages in a way that PyTorch no longer writes")
        }
        let storage = TorchStorage(key: key, element: element, count: count)
        if let known = storageOfKey[key] {
            guard storages[known] == storage else { throw malformed("it has two storages \(key)") }
            return .storage(known)
        }
        try countObject()
        storages.append(storage)
        storageOfKey[key] = storages.count - 1
        return .storage(storages.count - 1)
    }

    private func global(_ module: String, _ name: String) throws(ModelFileError) -> PickleValue {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw .unsafePickle(what: module + "." + name)
        }
        return .global(global)
    }

    // MARK: Containers

    private mutating func sequence(_ values: [PickleValue]) throws(ModelFileError) -> PickleValue {
        try countObject()
        try countElements(values.count)
        sequences.append(values)
        return .sequence(sequences.count - 1)
    }

    private mutating func dictionary() throws(ModelFileError) -> PickleValue {
        try countObject()
        dictionaries.append([])
        return .dictionary(dictionaries.count - 1)
    }

    private mutating func append(_ values: [PickleValue]) throws(ModelFileError) {
        guard case .sequence(let index)? = stack.last else { throw malformed("its pickle appends to what is no list") }
        try countElements(values.count)
        sequences[index] += values
    }

    private mutating func setItems(_ values: [PickleValue]) throws(ModelFileError) {
        guard let target = stack.last, values.count.isMultiple(of: 2) else {
            throw malformed("its pickle fills what is no dictionary")
        }
        for index in stride(from: 0, to: values.count, by: 2) { try set(target, values[index], values[index + 1]) }
    }

    private mutating func set(
        _ target: PickleValue, _ key: PickleValue, _ value: PickleValue
    ) throws(ModelFileError) {
        guard case .dictionary(let index) = target else { throw malformed("its pickle fills what is no dictionary") }
        try countElements(2)
        dictionaries[index].append((key, value))
    }

    private func integers(_ value: PickleValue) -> [Int]? {
        guard case .sequence(let index) = value, sequences[index].count <= TorchTensor.maximumRank else { return nil }
        var result: [Int] = []
        for value in sequences[index] {
            guard case .integer(let integer) = value else { return nil }
            result.append(integer)
        }
        return result
    }

    private mutating func countElements(_ count: Int) throws(ModelFileError) {
        elements += count
        guard elements <= Self.maximumElements else {
            throw .tooMany(what: "elements in its pickle", found: elements, limit: Self.maximumElements)
        }
    }

    private func countObject() throws(ModelFileError) {
        let count = sequences.count + dictionaries.count + storages.count + views.count
        guard count < Self.maximumObjects else {
            throw .tooMany(what: "objects in its pickle", found: count + 1, limit: Self.maximumObjects)
        }
    }

    // MARK: Stack and memo

    private mutating func push(_ value: PickleValue) throws(ModelFileError) {
        guard stack.count < Self.maximumDepth else { throw malformed("its pickle is nested too deeply") }
        stack.append(value)
    }

    private mutating func pop() throws(ModelFileError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw malformed("its pickle takes a value that is not there")
        }
        return value
    }

    private mutating func pop(_ count: Int) throws(ModelFileError) -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else {
            throw malformed("its pickle takes a value that is not there")
        }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    private mutating func popMark() throws(ModelFileError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("its pickle takes a mark that is not there") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func remember(_ index: Int) throws(ModelFileError) {
        guard let value = stack.last else { throw malformed("its pickle takes a value that is not there") }
        guard memo.count < Self.maximumMemos || memo[index] != nil else {
            throw .tooMany(what: "remembered values in its pickle", found: memo.count + 1, limit: Self.maximumMemos)
        }
        memo[index] = value
    }

    private mutating func recall(_ index: Int) throws(ModelFileError) {
        guard let value = memo[index] else { throw malformed("its pickle recalls what it has not stored") }
        try push(value)
    }

    // MARK: Bytes

    private mutating func take(_ count: Int) throws(ModelFileError) -> Range<Int> {
        guard count <= end - position else { throw malformed("its pickle breaks off") }
        defer { position += count }
        return position..<position + count
    }

    private mutating func byte() throws(ModelFileError) -> UInt8 { bytes[try take(1).lowerBound] }

    /// A little-endian number without sign of at most four bytes.
    private mutating func number(_ size: Int) throws(ModelFileError) -> Int {
        bytes[try take(size)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// A little-endian two's complement number; one of more than eight bytes (the older format's magic number is the
    /// only one) becomes its digits.
    private mutating func long(_ size: Int) throws(ModelFileError) -> PickleValue {
        let digits = bytes[try take(size)]
        guard size <= 8 else { return .text(digits.reversed().map { String($0, radix: 16) }.joined(separator: " ")) }
        guard let last = digits.last else { return .integer(0) }
        let sign = last & 0x80 == 0 ? 0 : -1
        return .integer(digits.reversed().reduce(sign) { $0 << 8 | Int($1) })
    }

    private mutating func text(_ size: Int) throws(ModelFileError) -> PickleValue {
        guard let text = String(validating: bytes[try take(size)], as: UTF8.self) else {
            throw malformed("its pickle has a text that is not UTF-8")
        }
        return .text(text)
    }

    /// Up to the end of a line, which is read too.
    private mutating func line() throws(ModelFileError) -> String {
        let limit = min(end, position + Self.maximumNameBytes)
        guard let newline = bytes[position..<limit].firstIndex(of: 0x0A),
            let text = String(validating: bytes[position..<newline], as: UTF8.self)
        else { throw malformed("its pickle has a name that does not end") }
        position = newline + 1
        return text
    }

    private func malformed(_ reason: String) -> ModelFileError {
        .malformed(format: TorchArchive.format, reason: reason, offset: position)
    }
}
