/// The `IMF-fixdate` of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
public enum HTTPDate {
    /// The date of a Unix time. Times before 1970 and after 9999, which the form cannot hold, become the nearest it can.
    public static func format(unixSeconds: Int64) -> String {
        String(decoding: octets(unixSeconds: unixSeconds), as: UTF8.self)
    }

    /// The 29 octets of the date.
    static func octets(unixSeconds: Int64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 29) { buffer, count in
            var writer = OctetWriter(buffer)
            append(unixSeconds: unixSeconds, to: &writer)
            count = writer.count
        }
    }

    private static func append(unixSeconds: Int64, to bytes: inout OctetWriter) {
        let seconds = Int(min(max(unixSeconds, 0), 253_402_300_799))
        let days = seconds / 86_400
        let time = seconds % 86_400
        let (year, month, day) = civil(days)
        let weekdays: StaticString = "ThuFriSatSunMonTueWed"
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        append(weekdays, 3 * (days % 7), &bytes)
        bytes.append(UInt8(ascii: ","))
        bytes.append(0x20)
        append(two: day, &bytes)
        bytes.append(0x20)
        append(months, 3 * (month - 1), &bytes)
        bytes.append(0x20)
        append(two: year / 100, &bytes)
        append(two: year % 100, &bytes)
        bytes.append(0x20)
        append(two: time / 3600, &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(two: time / 60 % 60, &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(two: time % 60, &bytes)
        bytes.append(" GMT")
    }

    /// The Gregorian date of a day counted from 1970-01-01, by the era arithmetic of Hinnant, "chrono-Compatible Low-Level
    /// Date Algorithms" (2013), `civil_from_days`, for days from 0 on.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func append(two number: Int, _ bytes: inout OctetWriter) {
        bytes.append(0x30 + UInt8(number / 10))
        bytes.append(0x30 + UInt8(number % 10))
    }

    private static func append(_ names: StaticString, _ start: Int, _ bytes: inout OctetWriter) {
        for i in start..<(start + 3) { bytes.append(names.utf8Start[i]) }
    }
}
