import Foundation

/// Small pictures that another program encoded: Pillow 13.0 (Pillow's own libjpeg-turbo, libwebp and libpng), by the
/// script
/// ```python
/// import base64, io
/// from PIL import Image
/// W, H = 24, 16
/// rgb = Image.new("RGB", (W, H))
/// rgb.putdata([(10 * x, 15 * y, 200 - 5 * x - 3 * y) for y in range(H) for x in range(W)])
/// cmyk = Image.new("CMYK", (W, H))
/// cmyk.putdata([(255 - 10 * x, 255 - 15 * y, 55 + 5 * x + 3 * y, 40) for y in range(H) for x in range(W)])
/// rgba = rgb.copy(); rgba.putalpha(Image.new("L", (W, H)))
/// a = Image.new("L", (W, H)); a.putdata([(10 * x + y) % 256 for y in range(H) for x in range(W)])
/// rgba.putalpha(a)
/// exif = Image.Exif(); exif[0x0112] = 6
/// F = {}
/// def save(name, image, format, **o):
///     b = io.BytesIO(); image.save(b, format, **o); F[name] = b.getvalue()
/// save("baselineJPEG", rgb, "JPEG", quality=95, subsampling=0)
/// save("subsampledJPEG", rgb, "JPEG", quality=95, subsampling=2)
/// save("progressiveJPEG", rgb, "JPEG", quality=95, subsampling=0, progressive=True)
/// save("restartJPEG", rgb, "JPEG", quality=95, subsampling=0, restart_marker_rows=1)
/// save("rgbJPEG", rgb, "JPEG", quality=95, keep_rgb=True)
/// save("grayJPEG", rgb.convert("L"), "JPEG", quality=95)
/// save("cmykJPEG", cmyk, "JPEG", quality=95)
/// save("lossyWebP", rgb, "WEBP", quality=95)
/// save("losslessWebP", rgb, "WEBP", lossless=True, exif=exif)
/// save("alphaWebP", rgba, "WEBP", lossless=True, exact=True)
/// save("animatedWebP", rgb, "WEBP", lossless=True, save_all=True, append_images=[rgb.rotate(180)])
/// save("turnedPNG", rgb, "PNG", exif=exif, optimize=True)
/// ```
enum Fixture {
    static let width = 24
    static let height = 16

    /// The picture that all of them show.
    static func color(_ x: Int, _ y: Int) -> SIMD3<Int> { SIMD3(10 * x, 15 * y, 200 - 5 * x - 3 * y) }

    private static func bytes(_ base64: String) -> [UInt8] {
        [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
    }

    static let baselineJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK
        CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
        CgoKCgoKCgr/wAARCAAQABgDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF
        BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW
        V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi
        4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC
        AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm
        Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq
        8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD88/Cf7MvK/wDEv/8AHa/vvibjv4vePzXg7jf4fePTfCf7Mv3T/Z//AI7X888Tcd/F75/V
        vB3G/wAPvHpvhP8AZl+7/wAS/wD8dr+eeJuO/i94/q3g7jf4fePdPCf7Mv3f+Jf/AOO197xNx38XvH/PJwdxv8PvHp3hP9mX7o/s
        /wD8dr+eeJuO/i94/q3g7jf4fePTfCf7Mv3T/Z//AI7X888Tcd/F7x/VvB3G/wAPvH//2Q==
        """)

    static let subsampledJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK
        CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
        CgoKCgoKCgr/wAARCAAQABgDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF
        BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW
        V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi
        4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC
        AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm
        Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq
        8vP09fb3+Pn6/9oADAMBAAIRAxEAPwD88/Cf7MvK/wDEv/8AHa9N8J/sy/dP9n/+O19g+E/2Zfu/8S//AMdr07wn+zL90f2f/wCO
        1+oeJvjt8f73v1Pyvwc8bv4f73t1Pj3wn+zL93/iX/8AjtFfof4T/Zl+6f7P/wDHaK/hniPx2/4U5fvfxP8ASrhLxu/4R4fvfxP/
        2Q==
        """)

    static let progressiveJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK
        CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
        CgoKCgoKCgr/wgARCAAQABgDAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABgj/xAAXAQEAAwAAAAAAAAAAAAAAAAAHBQYJ
        /9oADAMBAAIQAxAAAAGeX2tJjxWTniu6n88U54rpjxW//8QAFhAAAwAAAAAAAAAAAAAAAAAAAAQG/9oACAEBAAEFAlJkUmRSZFJk
        UmRSZP/EABcRAQADAAAAAAAAAAAAAAAAAAUAITH/2gAIAQMBAT8BHby4O3lwdvLg7eXB28uDt5c//8QAFxEBAAMAAAAAAAAAAAAA
        AAAABQAhMf/aAAgBAgEBPwFN3bibu3E3duJu7cTd24m7tz//xAAVEAEBAAAAAAAAAAAAAAAAAAAAM//aAAgBAQAGPwKaaaaab//E
        ABYQAAMAAAAAAAAAAAAAAAAAAAAxwf/aAAgBAQABPyFMCYEwJgTAmD//2gAMAwEAAgADAAAAEF0Rf//EABQRAQAAAAAAAAAAAAAA
        AAAAACD/2gAIAQMBAT8QWZmZn//EABQRAQAAAAAAAAAAAAAAAAAAACD/2gAIAQIBAT8QSKiIn//EABcQAQEBAQAAAAAAAAAAAAAA
        AAAxECH/2gAIAQEAAT8Q6BRoAEAoH//Z
        """)

    static let restartJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK
        CgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
        CgoKCgoKCgr/wAARCAAQABgDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF
        BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW
        V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi
        4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC
        AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm
        Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq
        8vP09fb3+Pn6/90ABAAD/9oADAMBAAIRAxEAPwD88/Cf7MvK/wDEv/8AHa/vvibjv4vePzXg7jf4fePTfCf7Mv3T/Z//AI7X888T
        cd/F75/VvB3G/wAPvHpvhP8AZl+7/wAS/wD8dr+eeJuO/i94/q3g7jf4feP/0HeE/wBmX7v/ABL/APx2vrOJuO/i94/z04O43+H3
        j07wn+zL90f2f/47X888Tcd/F7x/VvB3G/w+8em+E/2Zfun+z/8Ax2v554m47+L3j+reDuN/h94//9k=
        """)

    static let rgbJPEG = bytes(
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoK
        CgYICwwLCgwJCgoK/8AAEQgAEAAYA1IRAEcRAEIRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMC
        BAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElK
        U1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY
        2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAAwDUgBHAEIAAD8A/Iv9kn/l1/CvzR/4d3f9QL/yHX1h8W/G/wDrf33r3r9QP2Sf+XX8
        KP8Ah3d/1Av/ACHXy/8AFvxv/rf33r3r9QP2Sf8Al1/Cj/h3d/1Av/IdfL/xb8b/AOt/fevev5f/ANkn/l1/Cv3g/wCHd3/UC/8A
        IdfcHxb8b/6399696/UD9kn/AJdfwo/4d3f9QL/yHXy/8W/G/wDrf33r3r9QP2Sf+XX8KP8Ah3d/1Av/ACHXy/8AFvxv/rf33r3r
        /9k=
        """)

    static let grayJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoK
        CgoKBggLDAsKDAkKCgr/wAALCAAQABgBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF
        BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW
        V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi
        4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APzz8J/sy8r/AMS//wAdr03wn+zL90/2f/47XpvhP9mX7v8AxL//AB2vdPCf7Mv3
        f+Jf/wCO16d4T/Zl+6P7P/8AHa9N8J/sy/dP9n/+O1//2Q==
        """)

    static let cmykJPEG = bytes(
        """
        /9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoK
        CgYICwwLCgwJCgoK/8AAFAgAEAAYBEMRAE0RAFkRAEsRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIB
        AwMCBAMFBQQEAAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZH
        SElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV
        1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/aAA4EQwBNAFkASwAAPwD8i/2Sf+XX8K/NH/h3d/1Av/IdfWHxb8b/AOt/fevev1cr
        9QP2Sf8Al1/Cj/h3d/1Av/IdfL/xb8b/AOt/feveiv1A/ZJ/5dfwo/4d3f8AUC/8h18v/Fvxv/rf33r3or+X/wDZJ/5dfwr94P8A
        h3d/1Av/ACHX3B8W/G/+t/feveiv1A/ZJ/5dfwo/4d3f9QL/AMh18v8Axb8b/wCt/feveiv1A/ZJ/wCXX8KP+Hd3/UC/8h18v/Fv
        xv8A6399696K/9k=
        """)

    static let lossyWebP = bytes(
        """
        UklGRqQAAABXRUJQVlA4IJgAAABQBgCdASoYABAAPhkKhEEhBgEABABhLYATplCOBvAPwg/UnjAuwH6q5QJwB/VdkA0f8B5JlK5m
        4mLwMgD+/+3w/tsfq1tI/+Lxce38aBTl/zbj/9nfDV+lEQ9X6hRNb0f/5tN29cf62EjXPSsMI97r65as+rEnFYDuc329DUe89QHo
        8fOKI4nrmf+eY7Yzcn3C0dtCcCvAAA==
        """)

    static let losslessWebP = bytes(
        """
        UklGRmoAAABXRUJQVlA4WAoAAAAIAAAAFwAADwAAVlA4TCoAAAAvF8ADALkKRPQ/FmfQH4bof6gVhASEB/4/luRREAsm+ZOFtDMS
        U5VNtQ9FWElGGgAAAE1NACoAAAAIAAEBEgADAAAAAQAGAAAAAAAA
        """)

    static let alphaWebP = bytes(
        """
        UklGRjgAAABXRUJQVlA4TCsAAAAvF8ADELkKRPQ/FmfQH4bof6gVhASEB/4/luRREAsm+ZOFtHMVEqNVbCr7AA==
        """)

    static let animatedWebP = bytes(
        """
        UklGRjQBAABXRUJQVlA4WAoAAAACAAAAFwAADwAAQU5JTQYAAAAAAAAAAABBTk1GgAAAAAAAAAAAABcAAA8AAAAAAAJWUDhMZwAA
        AC8XwAMAzXQhov8BBm0bSTKD4w93/xwDsWDSPX/RDMSCib9ZNAnsCQVu2yjDY8h+oQAAAAAAAAAAwPddRqOGORg726Y0vB9Zlpx3
        vrddgDwPuqJ6cOtveL66f+fCv9zaie31iux/FAUAQU5NRoAAAAAAAAAAAAAXAAAPAAAAAAAAVlA4TGgAAAAvF8ADAM10IaL/AYWM
        JEnlb3kIq7D3zRoICZJk9v9RslgwDV0TSKpQ4LaNMuYd/GI1AAAAAAAAAACoq4uhvRQiOnN/4+r902Pex3gd40OvU+Rn+B5ucp1r
        ZXL/yYvtNw6fePIpdekvAg==
        """)

    /// 32 × 160 pixels in ten rows of blocks, a restart marker between any two:
    /// ```python
    /// tall = Image.new("RGB", (32, 160))
    /// tall.putdata([(7 * x, y, 200 - 3 * x - y // 2) for y in range(160) for x in range(32)])
    /// save("tallJPEG", tall, "JPEG", quality=50, subsampling=2, optimize=True, restart_marker_rows=1)
    /// ```
    static let tallJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hn
        Pk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj
        Y2P/wAARCACgACADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAwYFBP/EABYQAAMAAAAAAAAAAAAAAAAAAAABAv/EABgBAQEB
        AQEAAAAAAAAAAAAAAAUDBAEG/8QAFxEAAwEAAAAAAAAAAAAAAAAAAAEDBP/dAAQAAv/aAAwDAQACEQMRAD8AjoQ8IOEPCPSVZTOxIQ8I
        OEPCCqsczs//0JOEPCChDwh+rO52LCHhBQh4QXVjudn/0ZeEPCChDwhurOZ2LCHhBQh4QXVjmdn/0puEPCChDwharJ52LCHhBQh4QXVj
        mdn/05+EPCChDwhKrIZ2LCHhBQh4QXVjmdn/1MSEPCChDwjdVmXOxYQ8IKEPCC6sczs//9XIhDwgoQ8I01ZizsWEPCChDwgurHM7P//W
        zIQ8IKEPCK1YfnYsIeEFCHhBdWOZ2f/X4IQ8IKEPCO1YZnYsIeEFCHhBVWO52f/Q5YQ8IKEPCJ1YVnYsIeEFCHhBdWOZ2f/Z
        """)

    /// The picture of all others as a sequential JPEG of a scan for each component, which Pillow does not write: by
    /// libjpeg-turbo 2.1 with `scan_info` {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}}, quality
    /// 95, no subsampling, optimize_coding.
    static let scansJPEG = bytes(
        """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoK
        BggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK
        Cgr/wAARCAAQABgDAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABwn/xAAdEAABBAMBAQAAAAAAAAAAAAAABggyogEVJQIh/9oA
        CAEBAAA/AJ5pNsv3zz6iak2yxzr6iak2yx59R0SbZY8+onJNssca+ompNssc6+p//8QAFQEBAQAAAAAAAAAAAAAAAAAACAb/xAAXEQEA
        AwAAAAAAAAAAAAAAAAAGACIy/9oACAECEQA/AH2md6tDymd6vDymd6tL1M71aHlM71aHlM71af/EABYBAQEBAAAAAAAAAAAAAAAAAAgH
        Cv/EABcRAQADAAAAAAAAAAAAAAAAAAYAIjL/2gAIAQMRAD8Amo5vm0Vo5vm0Vo5vm0zyDm+bRWjm+bRWjm+bT//Z
        """)

    /// 40 × 30 pixels of which prediction and transforms of colour make something:
    /// ```python
    /// wild = Image.new("RGB", (40, 30))
    /// wild.putdata(
    ///     [((x * x * 3 + y * 7) % 256, (x * 5 + y * y) % 256, (x * y + x // 3) % 256) for y in range(30) for x in range(40)])
    /// save("wildWebP", wild, "WEBP", lossless=True, method=6, quality=100)
    /// ```
    static let wildWebP = bytes(
        """
        UklGRjQCAABXRUJQVlA4TCgCAAAvJ0AHALkyRPQ/BgratmHSwx/2DoPhV5C2AYuy03+FSRsw3X0FBtIX+PWULQASI0lSJMkX8u6emZmZ
        WX/Rprp65iWQum3b8qfyz5/ex9LS0pIv+ZIv+Ya7W3InOWmJRHJ3kjuJ5O4kEkCSJEmRG09fZmZmFktHxQSQlJKapFbqkvqkQdqS9qRX
        +pKRZFSmkwXJMlmTbEo2y85kf3JAjiWzyXE5kZxMzsvV5HZyRx4lL5KX8ir5kHyTP8nf5J9dgrYSi2D9QzJSpB+2TTJaUZELOor8dxob
        zJ6L/+ZCbKPKQ41LsU1XxZVYQYW9WhQBcARw5Fqs0KUCsIcSb+wAcJMbMRD6zAgniwB7AAG4AQDcisE0ZbDEDgC4B+o70VJhnkqFIyUF
        x9klgDssxveiVR8BTWZ4CGapP4jWDkCVjfBYEWwwSxng41FUYfEIAKDMCLM0wA3Ak6heoAtqKowxSRM8sXwW1ZgyYzSVuA7KdU/xgDKf
        LV7EDEO0KYAL6gN4FTN9mqyBUL0Bb6JHndXoCECfM4APVJTxLnqMEQYfAXigywMfojiEdgBUmQJ8YUCBGZp0OAH4FMUXsGQGACpsB4AC
        M4wpgk8A+BLFljQ5QpmfgCPfYh3GvAFKnAYcAAMeKH/yIxaKNAJAjT2gxAoAjtDljvoXTPlETelXLADsQfMvHDBkzq8CLxR0efyJwV86
        TRb8oWbOL/7FANQ5D+jLmwMq5vyhpIiDfwA=
        """)

    static let turnedPNG = bytes(
        """
        iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEABgAAAAAAANZnS2kAAAAj
        SURBVHjaY2RgOMHF8JtyxMLA/5eBgQpo1KBRg0YNGqkGAQBBBH0xUQc+kQAAAABJRU5ErkJggg==
        """)

}
