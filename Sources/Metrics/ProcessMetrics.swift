import Platform

extension MetricsRegistry {
    /// Registers the `process_*` metrics that Prometheus's clients share, read from `/proc` at every scrape; a value
    /// that cannot be read is `NaN`.
    public func registerProcessMetrics() {
        counter("process_cpu_seconds_total", help: "Processor time spent by the process, in user and system mode.") {
            ProcessStatistics.current()?.cpuSeconds ?? .nan
        }
        gauge("process_resident_memory_bytes", help: "Memory of the process that is in RAM.") {
            ProcessStatistics.current()?.residentBytes ?? .nan
        }
        gauge("process_threads", help: "Threads of the process.") {
            ProcessStatistics.current()?.threads ?? .nan
        }
        gauge("process_open_fds", help: "Descriptors that the process has open.") {
            ProcFile.openDescriptors().map(Double.init) ?? .nan
        }
        gauge("process_max_fds", help: "Descriptors that the process may have open.") {
            ProcFile.descriptorLimit() ?? .nan
        }
        // Neither changes while the process lives.
        let boot = InputFile.systemText("/proc/stat").flatMap(ProcessStatistics.bootSeconds)
        let start = ProcessStatistics.current()?.startSeconds
        let started = if let boot, let start { boot + start } else { Double.nan }
        gauge("process_start_time_seconds", help: "When the process started, in seconds since 1970.") { started }
    }
}
