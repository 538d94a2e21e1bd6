// Prints what Foundation says of dates, zones, numbers, texts and addresses, one line each: what a library that Cellar
// uses may ask it for. The same must come out with the reduced data of ICU (test_foundation.py).
import Foundation

let moment = Date(timeIntervalSince1970: 1_700_000_000.25)
let formatter = DateFormatter()
formatter.locale = Locale(identifier: "en_US_POSIX")
formatter.timeZone = TimeZone(identifier: "Europe/Berlin")
formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss.SSSZZZZZ EEE MMM"
print(formatter.string(from: moment), formatter.date(from: formatter.string(from: moment)) as Any)
print(DateFormatter.localizedString(from: moment, dateStyle: .medium, timeStyle: .short))
let standard = ISO8601DateFormatter()
standard.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
print(standard.string(from: moment), standard.date(from: "2026-01-02T03:04:05.678Z") as Any, moment.formatted(.iso8601))
let encoder = JSONEncoder()
encoder.dateEncodingStrategy = .iso8601
print(String(decoding: try encoder.encode([moment]), as: UTF8.self), moment.description(with: .current))

var calendar = Calendar(identifier: .gregorian)
calendar.timeZone = TimeZone(identifier: "Asia/Tokyo") ?? .gmt
print(calendar.dateComponents([.year, .month, .day, .hour, .weekday], from: moment), Calendar.current.identifier)
let newYork = TimeZone(identifier: "America/New_York")
print(TimeZone.current.secondsFromGMT(), newYork?.nextDaylightSavingTimeTransition(after: moment) as Any)
print(Locale.current.identifier, Locale(identifier: "en_US").decimalSeparator as Any)

let numbers = NumberFormatter()
numbers.locale = Locale(identifier: "en_US_POSIX")
numbers.numberStyle = .decimal
print(numbers.string(from: 1_234_567.891) as Any, numbers.number(from: "1,234.5") as Any)
print(Decimal(string: "12.50") as Any, NSDecimalNumber(string: "3.10"), String(format: "%.3f %d", 1.5, 7))
print(ByteCountFormatter.string(fromByteCount: 12_345_678, countStyle: .file))

let words = try NSRegularExpression(pattern: "(\\w+)\\b", options: .caseInsensitive)
print(words.numberOfMatches(in: "Ab cd éf", range: NSRange(location: 0, length: 8)))
print("straße İ".uppercased(with: Locale(identifier: "en")), "hello world".capitalized)
print("Éa".localizedCaseInsensitiveCompare("éB").rawValue, "a10".localizedStandardCompare("a9").rawValue)
print("Éa".folding(options: .diacriticInsensitive, locale: nil), "Kä".decomposedStringWithCanonicalMapping.utf8.count)
print("Å ﬁ".precomposedStringWithCompatibilityMapping, "a e\u{301}b. Cd".components(separatedBy: .whitespaces))
print(String(data: Data([0xe9]), encoding: .isoLatin1) as Any, "é".data(using: .utf16)?.count as Any)
print(URL(string: "https://bücher.example/ä?q=ö") as Any)
