import CTurboJPEG

/// Decodes JPEG with libjpeg-turbo.
enum JPEGDecoder {
    /// The stored picture at 1/`divisor` (1, 2, 4 or 8) of its size, rounded up.
    ///
    /// libjpeg-turbo decodes whatever it finds and calls missing or contradictory data a warning. A picture whose lower
    /// half is grey is no answer here: every warning is an error, except one. Bytes between the end of the picture's
    /// data and its end marker are padding that many cameras write; at that point all of the picture has been decoded
    /// without a warning, since the first one is the one reported.
    static func decode(
        _ bytes: EncodedBytes, _ structure: JPEGStructure, divisor: Int, memory: PixelMemory
    ) throws(ImageError) -> PixelImage {
        guard !structure.corrections.isEmpty || structure.lacksEnd else {
            return try decodeCorrected(bytes.buffer, structure, divisor: divisor, memory: memory)
        }
        var corrected = Array(bytes.buffer)
        for (offset, byte) in structure.corrections { corrected[offset] = byte }
        if structure.lacksEnd { corrected += [0xFF, 0xD9] }
        return try corrected.withUnsafeBufferPointer { (buffer) throws(ImageError) in
            try decodeCorrected(buffer, structure, divisor: divisor, memory: memory)
        }
    }

    private static func decodeCorrected(
        _ bytes: UnsafeBufferPointer<UInt8>, _ structure: JPEGStructure, divisor: Int, memory: PixelMemory
    ) throws(ImageError) -> PixelImage {
        // A handle costs microseconds beside milliseconds of decoding: it is not worth a pool, which would also keep the
        // memory of the largest picture ever decoded.
        guard let handle = tjInitDecompress() else {
            throw .corrupt(.jpeg, reason: "the decoder could not start")
        }
        defer { tjDestroy(handle) }

        // The buffer below is not cleared, so that the decoder must fill all of it: it has to see the size that the walk
        // over the segments saw. The call's own verdict does not matter; it dislikes unusual subsampling.
        var width: Int32 = -1
        var height: Int32 = -1
        var subsampling: Int32 = -1
        var colorspace: Int32 = -1
        _ = tjDecompressHeader3(
            handle, bytes.baseAddress, UInt(bytes.count), &width, &height, &subsampling, &colorspace)
        guard Int(width) == structure.size.width, Int(height) == structure.size.height else {
            throw .corrupt(.jpeg, reason: "its headers contradict each other")
        }

        let scaled = ImageSize(
            width: (structure.size.width + divisor - 1) / divisor,
            height: (structure.size.height + divisor - 1) / divisor)
        let isCMYK = structure.components == 4
        let channels = isCMYK ? 4 : 3
        var pixels = memory.take(scaled.width * scaled.height * channels)
        let status = pixels.withUnsafeMutableBufferPointer { buffer in
            tjDecompress2(
                handle, bytes.baseAddress, UInt(bytes.count), buffer.baseAddress, Int32(scaled.width),
                Int32(scaled.width * channels), Int32(scaled.height),
                isCMYK ? TJPF_CMYK.rawValue : TJPF_RGB.rawValue, TJFLAG_LIMITSCANS)
        }
        if status != 0, let failure = Self.failure(handle) {
            memory.giveBack(pixels)
            throw failure
        }
        guard isCMYK else { return PixelImage(width: scaled.width, height: scaled.height, pixels: pixels) }
        let light = rgb(fromCMYK: pixels, inverted: structure.hasAdobeMarker)
        memory.giveBack(pixels)
        return PixelImage(width: scaled.width, height: scaled.height, pixels: light)
    }

    /// What the decoder complained of, or nil if it does not matter.
    private static func failure(_ handle: tjhandle) -> ImageError? {
        let message = tjGetErrorStr2(handle).map { String(cString: $0) } ?? ""
        if tjGetErrorCode(handle) == TJERR_WARNING.rawValue {
            if message.hasPrefix("Corrupt JPEG data:"), message.hasSuffix("extraneous bytes before marker 0xd9") {
                return nil
            }
            if message.hasPrefix("Premature end of JPEG file") || message.hasSuffix("premature end of data segment") {
                return .truncated(.jpeg)
            }
        }
        // The library's sentences are about the file; a function's name in front of one is not.
        let text = message.split(separator: "(): ").last.map(String.init) ?? message
        let prefix = "Corrupt JPEG data: "
        return .corrupt(.jpeg, reason: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
    }

    /// The light that inks leave: (1 − ink)(1 − black), without a colour profile. Adobe's programs store 1 − ink.
    private static func rgb(fromCMYK cmyk: [UInt8], inverted: Bool) -> [UInt8] {
        let flip: UInt8 = inverted ? 0 : 255
        let pixels = cmyk.count / 4
        return [UInt8](unsafeUninitializedCapacity: pixels * 3) { rgb, count in
            cmyk.withUnsafeBufferPointer { cmyk in
                for pixel in 0..<pixels {
                    let key = UInt32(cmyk[pixel * 4 + 3] ^ flip)
                    for channel in 0..<3 {
                        let product = UInt32(cmyk[pixel * 4 + channel] ^ flip) * key
                        rgb[pixel * 3 + channel] = UInt8(truncatingIfNeeded: (product + 127) / 255)
                    }
                }
            }
            count = pixels * 3
        }
    }
}
