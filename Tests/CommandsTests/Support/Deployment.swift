import Foundation
import TestSupport

/// The files of `Deploy`.
enum Deployment {
    private static func text(_ name: String) throws -> String {
        try String(contentsOfFile: Program.repository + "/Deploy/" + name, encoding: .utf8)
    }

    /// The replicas' settings in `compose.yaml`: `MULTIBOX_WORKERS: "2"`.
    static var compose: [String: String] {
        get throws { Dictionary(uniqueKeysWithValues: try text("compose.yaml").matches(of: composeSetting).map(pair)) }
    }

    /// The replicas' settings in `kubernetes.yaml`: `- {name: MULTIBOX_WORKERS, value: "2"}`, whether in force or, as
    /// an example, in a comment.
    static var kubernetes: [String: String] {
        get throws {
            Dictionary(uniqueKeysWithValues: try text("kubernetes.yaml").matches(of: kubernetesSetting).map(pair))
        }
    }

    private static var composeSetting: Regex<(Substring, Substring, Substring)> { /(MULTIBOX_[A-Z_]+): "?([^"\n]+)/ }
    private static var kubernetesSetting: Regex<(Substring, Substring, Substring)> {
        /\{name: (MULTIBOX_[A-Z_]+), value: "([^"]+)"\}/
    }

    private static func pair(_ match: Regex<(Substring, Substring, Substring)>.Match) -> (String, String) {
        (String(match.1), String(match.2))
    }

    /// The settings of compose.yaml for replicas on addresses of this machine, before them a balancer on another one.
    static var localReplica: [String: String] {
        get throws {
            var settings = try compose
            settings["MULTIBOX_MODEL"] = nil
            settings["MULTIBOX_TRUSTED_PROXIES"] = "127.0.0.1"
            return settings
        }
    }

    /// The limit of memory of `compose.yaml`'s balancer, in bytes.
    static var balancerMemory: Int? {
        get throws {
            let service = try text("compose.yaml").split(separator: "\n  balancer:").last ?? ""
            return service.firstMatch(of: /memory: (\d+)m/).flatMap { Int($0.1) }.map { $0 << 20 }
        }
    }

    /// A number after a word of `haproxy.cfg`.
    static func haproxy(_ name: String) throws -> Int? {
        for line in try text("haproxy.cfg").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
